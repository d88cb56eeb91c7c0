/** What lies at a path, where a link leads included; null where nothing does. */
export function statIfThere(path: string): Deno.FileInfo | null {
  return unlessMissing(() => Deno.statSync(path));
}

/** True where a name is taken, be it by a link that leads nowhere. */
export function isThere(path: string): boolean {
  return unlessMissing(() => Deno.lstatSync(path)) !== null;
}

/** Removes what lies at a path, where anything does. */
export function removeIfThere(path: string, options?: Deno.RemoveOptions): void {
  unlessMissing(() => Deno.removeSync(path, options));
}

function unlessMissing<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
