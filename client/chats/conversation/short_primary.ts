/** The short form of a primary, shown where no registry has confirmed a handle. */
export function shortPrimary(primary: string): string {
  const hex = primary.slice(primary.indexOf(":") + 1);
  return `${hex.slice(0, 8)}…${hex.slice(-4)}`;
}
