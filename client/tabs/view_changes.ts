/** What changed of a view's state, by member: a new value, or the one place in a list where it differs. */
export type ViewChanges = Record<string, { value: unknown } | ListChange>;

interface ListChange {
  /** How many items stay as they are at the beginning, and at the end. */
  start: number;
  end: number;
  /** What is between them now. */
  items: readonly unknown[];
}

type State = Record<string, unknown>;

/** What makes `after` of `before`; null where nothing differs. What is in both is the very same, not just equal. */
export function changesBetween(before: State, after: State): ViewChanges | null {
  const changes: ViewChanges = {};
  for (const [name, value] of Object.entries(after)) {
    const known = before[name];
    if (known === value && name in before) continue;
    changes[name] = Array.isArray(known) && Array.isArray(value)
      ? listChange(known, value)
      : { value };
  }
  return Object.keys(changes).length > 0 ? changes : null;
}

/** The state with the changes; items of a list that did not change stay the same objects. */
export function withChanges(state: State, changes: ViewChanges): State {
  const next = { ...state };
  for (const [name, change] of Object.entries(changes)) {
    next[name] = "value" in change
      ? change.value
      : withListChange(state[name] as unknown[], change);
  }
  return next;
}

function listChange(before: readonly unknown[], after: readonly unknown[]): ListChange {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return { start, end, items: after.slice(start, after.length - end) };
}

function withListChange(list: readonly unknown[], { start, end, items }: ListChange): unknown[] {
  return [...list.slice(0, start), ...items, ...list.slice(list.length - end)];
}
