import * as v from "valibot";

/** What was told of while the app was closed: a service worker forgets all else between two pushes. */
export interface ToldMail {
  /** Tags of messages, and when the last notification was. */
  load(): Promise<Told>;
  save(told: Told): Promise<void>;
}

export interface Told {
  /** Say nothing without the account's storage key. */
  tags: readonly string[];
  /** Milliseconds. */
  atMs: number;
}

const NAME = "kez-chat-told";
const PATH = "/told";
const Shape = v.object({ tags: v.array(v.string()), atMs: v.number() });
const NOTHING: Told = { tags: [], atMs: 0 };

/** Kept beside the database, which the chats alone write to. */
export function createToldMail(caches: Pick<CacheStorage, "open">): ToldMail {
  return {
    async load() {
      const kept = await (await caches.open(NAME)).match(PATH);
      const told: unknown = await kept?.json();
      return v.is(Shape, told) ? told : NOTHING;
    },
    async save(told) {
      await (await caches.open(NAME)).put(PATH, new Response(JSON.stringify(told)));
    },
  };
}
