import { HANDLE_RULE, isHandle } from "../../protocol/handle.ts";
import type { KeyedQueue } from "../keyed_queue.ts";
import { StartFault } from "../start_fault.ts";
import type { HandleRecord } from "./rules.ts";
import type { RegistryStore } from "./store.ts";

/** A handle as the operator sees it. */
export interface ShownHandle {
  handle: string;
  /** What became of it; null: nobody ever had it. */
  record: HandleRecord | null;
  /** Whether the operator keeps it back. */
  isReserved: boolean;
}

/** What the operator may do with handles. Refusals are StartFaults with words. */
export interface HandleAdministration {
  /** Everybody's handles in the order of their letters, then those that are kept back and nobody ever had. */
  list(): AsyncIterable<ShownHandle>;
  show(handle: string): Promise<ShownHandle>;
  /** Keeps a handle back: nobody may register it, not even who had it before. */
  reserve(handle: string): Promise<void>;
  /**
   * Takes a handle from whoever has it, as if that one had given it up, or lets go one that was kept back.
   *
   * @returns which of the two it was
   */
  release(handle: string): Promise<"taken" | "unreserved">;
}

/** Handles in the hands of the operator. */
export function createHandleAdministration(
  { store, release, inTurn, nowMs }: {
    store: Pick<
      RegistryStore,
      "find" | "list" | "listReserved" | "isReserved" | "reserve" | "unreserve"
    >;
    /** Gives up a live handle. */
    release(handle: string): Promise<void>;
    inTurn: KeyedQueue;
    nowMs: () => number;
  },
): HandleAdministration {
  const show = async (handle: string): Promise<ShownHandle> => {
    checkSyntax(handle);
    const [record, isReserved] = await Promise.all([store.find(handle), store.isReserved(handle)]);
    return { handle, record, isReserved };
  };
  return {
    show,

    async *list() {
      for await (const record of store.list()) {
        yield { handle: record.handle, record, isReserved: await store.isReserved(record.handle) };
      }
      for await (const { handle } of store.listReserved()) {
        if (await store.find(handle) === null) yield { handle, record: null, isReserved: true };
      }
    },

    async reserve(handle) {
      checkSyntax(handle);
      const isKept = await inTurn(handle, () => store.reserve(handle, { reservedAtMs: nowMs() }));
      if (isKept) return;
      throw new StartFault(
        `Somebody has the handle ${handle}. Take it away first (handle release ${handle}), which ends that account.`,
      );
    },

    async release(handle) {
      const { record, isReserved } = await show(handle);
      if (record?.state === "live") {
        await release(handle);
        return "taken";
      }
      if (isReserved) {
        await store.unreserve(handle);
        return "unreserved";
      }
      throw new StartFault(
        record === null
          ? `Nobody has the handle ${handle}, and it is not reserved.`
          : `Nobody has the handle ${handle}. It stays with the identity that had it, which alone may register it again.`,
      );
    },
  };
}

function checkSyntax(handle: string): void {
  if (!isHandle(handle)) throw new StartFault(HANDLE_RULE);
}
