import { KIND } from "../../protocol/nostr_event.ts";
import type { Store } from "./store.ts";

/** Whose mailboxes are emptied: an addr (64 hex), and the nostr key (64 hex) where it has one. */
export interface MailReader {
  addr: string;
  nostr: string | null;
}

/** Work in short steps, between which everything else happens: each yields how many events it removed. */
export type Steps = Generator<number, void>;

type RemovalStore = Pick<Store, "pages" | "remove" | "lastSeq">;

/** Small steps: each is one commit. */
const BATCH_EVENTS = 64;
/** Look-ups of one row each. */
const BATCH_VALUES = 32;

const ENVELOPES: ReadonlySet<number> = new Set([KIND.message, KIND.quiet]);
const WRAPS: ReadonlySet<number> = new Set([KIND.giftWrap]);

/**
 * Removes the mail to an addr and the gift wraps to its nostr key that are stored at the time of the call: what comes
 * later is for whoever registered by then. (Specification page 3)
 */
export function removeMailOf({ addr, nostr }: MailReader, store: RemovalStore): Steps {
  const lastSeq = store.lastSeq();
  return (function* () {
    yield* removeTagged({ name: "q", value: addr, kinds: ENVELOPES }, { store, lastSeq });
    if (nostr === null) return;
    yield* removeTagged({ name: "p", value: nostr, kinds: WRAPS }, { store, lastSeq });
  })();
}

/**
 * Removes the mail to every addr that was released: what a removal that a crash cut short left behind. Gift wraps stay
 * until they are too old, because nobody remembers the key of who is gone.
 */
export function* removeMailToReleased(
  store: RemovalStore,
  isReleased: (addr: string) => boolean,
): Steps {
  const after = (value: string) => store.pages.nextTagValue("q", value);
  let seen = 0;
  for (let value = after(""); value !== null; value = after(value)) {
    if (++seen % BATCH_VALUES === 0) yield 0;
    if (!isReleased(value)) continue;
    const mail = { name: "q", value, kinds: ENVELOPES };
    yield* removeTagged(mail, { store, lastSeq: store.lastSeq() });
  }
}

function* removeTagged(
  { name, value, kinds }: { name: string; value: string; kinds: ReadonlySet<number> },
  { store, lastSeq }: { store: RemovalStore; lastSeq: number },
): Steps {
  const range = {
    sinceS: 0,
    beforeS: Number.MAX_SAFE_INTEGER,
    afterId: "",
    limit: BATCH_EVENTS,
  };
  for (;;) {
    const page = store.pages.byTag({ name, value, isPrivate: true }, range);
    const own = page.filter(({ kind, seq }) => kinds.has(kind) && seq <= lastSeq);
    yield store.remove(own.map(({ seq }) => seq));
    const last = page.at(-1);
    if (!last || page.length < BATCH_EVENTS) return;
    range.beforeS = last.createdAtS;
    range.afterId = last.id;
  }
}
