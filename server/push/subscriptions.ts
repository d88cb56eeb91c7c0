import { addrOf } from "../../protocol/addr.ts";
import { subscriptionId } from "../../protocol/subscription_id.ts";
import { NO_SHARED_CHANGES, type SharedChanges } from "../shared_changes.ts";
import type { PushSubscriptionDocument } from "./subscription.ts";

/** A device that wants to be told of mail, as it is kept: `["push", "subscription", id]`. */
export interface PushSubscription {
  /** See {@link subscriptionId}. */
  id: string;
  endpoint: string;
  primary: string;
  createdAtMs: number;
  /** When the browser lets it end; null where it did not say. */
  expiresAtMs: number | null;
}

/** The subscriptions of this server: in Deno KV, and in memory for whoever must not wait. */
export interface Subscriptions {
  /** Adds an endpoint to a primary, or takes it over from another one; `created` is false where it was there. */
  add(
    primary: string,
    document: PushSubscriptionDocument,
  ): Promise<{ id: string; created: boolean }>;
  /** Oldest first. */
  of(primary: string): PushSubscription[];
  ofAddr(addr: string): PushSubscription[];
  find(id: string): PushSubscription | null;
  remove(id: string): Promise<void>;
  /** Every primary that has some. */
  primaries(): string[];
  /** The addrs that have some. */
  addrs(): string[];
  /** Calls the listener when an addr has its first one, or no more. Returns what ends it. */
  onAddrsChange(listener: () => void): () => void;
}

/** The oldest goes. (Specification page 3) */
const MAX_SUBSCRIPTIONS = 10;

/** What their changes are called among servers that share the KV. */
const TOPIC = "push";
const PREFIX = ["push", "subscription"];
const keyOf = (id: string) => [...PREFIX, id];

/** Loads the subscriptions that are kept. */
export async function openSubscriptions(
  { kv, changes = NO_SHARED_CHANGES, nowMs }: {
    kv: Deno.Kv;
    changes?: Pick<SharedChanges, "note" | "follow">;
    nowMs(): number;
  },
): Promise<Subscriptions> {
  const byId = new Map<string, PushSubscription>();
  const byPrimary = new Map<string, Set<string>>();
  const primaryByAddr = new Map<string, string>();
  const listeners = new Set<() => void>();

  const tell = () => {
    for (const listener of listeners) listener();
  };

  function put(one: PushSubscription): void {
    byId.set(one.id, one);
    const ids = byPrimary.get(one.primary);
    if (ids) return void ids.add(one.id);
    byPrimary.set(one.primary, new Set([one.id]));
    primaryByAddr.set(addrOf(one.primary), one.primary);
    tell();
  }

  function take({ id, primary }: PushSubscription): void {
    byId.delete(id);
    const ids = byPrimary.get(primary);
    if (!ids?.delete(id) || ids.size > 0) return;
    byPrimary.delete(primary);
    primaryByAddr.delete(addrOf(primary));
    tell();
  }

  const of = (primary: string): PushSubscription[] =>
    [...byPrimary.get(primary) ?? []].map((id) => byId.get(id)!)
      .toSorted((a, b) => a.createdAtMs - b.createdAtMs);

  async function remove(id: string): Promise<void> {
    const known = byId.get(id);
    if (known) take(known);
    await commit(id, (atomic) => atomic.delete(keyOf(id)));
  }

  async function commit(
    id: string,
    change: (atomic: Deno.AtomicOperation) => Deno.AtomicOperation,
  ): Promise<void> {
    const atomic = change(kv.atomic());
    changes.note(atomic, TOPIC, id);
    await atomic.commit();
  }

  /** Takes over what is stored about one. */
  async function refresh(id: string): Promise<void> {
    const { value } = await kv.get<PushSubscription>(keyOf(id));
    const known = byId.get(id);
    if (known && known.primary !== value?.primary) take(known);
    if (value) put(value);
  }

  async function storedIds(): Promise<string[]> {
    const ids: string[] = [];
    for await (const { value } of kv.list<PushSubscription>({ prefix: PREFIX })) ids.push(value.id);
    return ids;
  }

  for await (const { value } of kv.list<PushSubscription>({ prefix: PREFIX })) put(value);
  changes.follow(TOPIC, async (ids) => {
    for (const id of ids ?? new Set([...byId.keys(), ...await storedIds()])) await refresh(id);
  });

  return {
    async add(primary, { endpoint, expiresAtMs }) {
      const id = subscriptionId(endpoint);
      const known = byId.get(id);
      const isOwn = known?.primary === primary;
      const createdAtMs = isOwn ? known.createdAtMs : nowMs();
      const subscription = { id, endpoint, primary, createdAtMs, expiresAtMs };
      await commit(id, (atomic) => atomic.set(keyOf(id), subscription));
      const current = byId.get(id);
      if (current && current.primary !== primary) take(current);
      put(subscription);
      const others = of(primary).filter((one) => one.id !== id);
      const surplus = others.slice(0, Math.max(0, others.length + 1 - MAX_SUBSCRIPTIONS));
      for (const { id: oldest } of surplus) await remove(oldest);
      return { id, created: !isOwn };
    },
    of,
    ofAddr(addr) {
      const primary = primaryByAddr.get(addr);
      return primary === undefined ? [] : of(primary);
    },
    find: (id) => byId.get(id) ?? null,
    remove,
    primaries: () => [...byPrimary.keys()],
    addrs: () => [...primaryByAddr.keys()],
    onAddrsChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
