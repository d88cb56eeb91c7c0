import type { KeyedQueue } from "../keyed_queue.ts";
import type { SharedChanges } from "../shared_changes.ts";
import type { HomeRelays } from "./home_relays.ts";
import type { LookUps } from "./look_ups.ts";
import type { MemberList } from "./members.ts";
import type { HandleRecord, LiveHandle } from "./rules.ts";
import type { RegistryStore } from "./store.ts";

/** What the changes of handles are called among servers that share the registry. */
export const HANDLE_TOPIC = "handle";

export interface SharedHandlesDeps {
  changes: Pick<SharedChanges, "follow">;
  store: Pick<RegistryStore, "find" | "list">;
  members: MemberList;
  homes: HomeRelays | null;
  lookUps: Pick<LookUps, "forget">;
  /** Changes of one handle follow one another. */
  inTurn: KeyedQueue;
  /** Told of a handle that was given up at another server. */
  onReleased(identity: Pick<LiveHandle, "handle" | "primary" | "addr" | "nostr">): void;
  /** Told of a nostr key that a handle was given another one for, at another server. */
  onKeyLeft(nostr: string): void;
}

/** Takes over what other servers do with handles of a registry that they share. */
export function followHandles({ changes, ...deps }: SharedHandlesDeps): void {
  changes.follow(HANDLE_TOPIC, async (handles) => {
    for (const handle of handles ?? await handlesIn(deps.store)) await refresh(handle, deps);
  });
}

/** Takes what is stored about a handle into the list of members. */
export function remember(
  { members, homes }: Pick<SharedHandlesDeps, "members" | "homes">,
  record: HandleRecord,
): void {
  if (record.state === "released") return members.release(record.addr);
  members.put({ ...record, elsewhere: homes?.elsewhere(record) ?? null });
}

async function handlesIn(store: Pick<RegistryStore, "list">): Promise<string[]> {
  const handles: string[] = [];
  for await (const { handle } of store.list()) handles.push(handle);
  return handles;
}

function refresh(
  handle: string,
  { inTurn, onReleased, onKeyLeft, ...deps }: Omit<SharedHandlesDeps, "changes">,
): Promise<void> {
  const { store, members, lookUps } = deps;
  return inTurn(handle, async () => {
    const record = await store.find(handle);
    if (!record) return;
    const { primary, addr, state } = record;
    const isNews = state === "released" && members.isAddr(addr);
    const nostr = members.nostrKeyOf(addr);
    lookUps.forget({ handle, primary });
    remember(deps, record);
    if (isNews) onReleased({ handle, primary, addr, nostr });
    else if (record.state === "live" && nostr !== null && nostr !== record.nostr) onKeyLeft(nostr);
  });
}
