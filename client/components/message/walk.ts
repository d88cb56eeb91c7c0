/**
 * Walks the rows of a log by the arrow keys, and opens the menu of the one that has the focus by Enter, Space or the menu
 * key. From the log itself the first step up leads to the last row.
 *
 * @returns true where the key was taken
 */
export function stepAmong(rows: HTMLElement[], event: KeyboardEvent): boolean {
  const { key, target } = event;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return false;
  const here = rows.findIndex((row) => row.contains(target as Node));
  const isOnRow = here >= 0 && rows[here] === target;
  if (isOnRow && ["Enter", " ", "ContextMenu"].includes(key)) {
    rows[here]?.querySelector<HTMLElement>("[aria-haspopup=menu]")?.click();
    return true;
  }
  if (key !== "ArrowUp" && key !== "ArrowDown") return false;
  const next = here < 0
    ? (key === "ArrowUp" ? rows.length - 1 : -1)
    : here + (key === "ArrowUp" ? -1 : 1);
  const row = rows[next];
  if (!row) return false;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  return true;
}
