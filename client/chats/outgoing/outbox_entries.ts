import type { Change } from "../../storage/chat_changes.ts";
import type { OutboxEntry } from "../../storage/chat_records.ts";

/** Names an entry among all that wait. */
export function entryKey({ type, from, id }: Pick<OutboxEntry, "type" | "from" | "id">): string {
  return `${type} ${from} ${id}`;
}

/** The change that removes an entry from the disk. */
export function entryRemoval({ type, from, id }: OutboxEntry): Change {
  return { delete: "outbox", type, from, id };
}

/** True for what people see the fate of. A note to self is its own message: its one copy is shown. */
export function isShown({ type, peer }: OutboxEntry, ownPrimary: string): boolean {
  return type === "message" || (type === "copy" && peer === ownPrimary);
}

/** What goes to the own devices of an entry that has left for somebody else. */
export function copyFor(
  ownPrimary: string,
  { entry, order }: { entry: OutboxEntry; order: number },
): OutboxEntry {
  return {
    ...entry,
    type: "copy",
    reader: ownPrimary,
    order,
    sealed: null,
    isRefused: false,
    isSpare: false,
  };
}
