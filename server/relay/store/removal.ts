import { KIND } from "../../../protocol/nostr_event.ts";
import type { Store } from "./store.ts";
import type { PendingVanish } from "./store_forgotten.ts";
import type { Candidate, PageRange } from "./store_pages.ts";

/** Whose mailboxes are emptied: an addr (64 hex), and the nostr key (64 hex) where it has one. */
export interface MailReader {
  addr: string;
  nostr: string | null;
}

/** Work in short steps, between which everything else happens: each yields how many events it removed. */
export type Steps = Generator<number, void>;

type RemovalStore = Pick<Store, "pages" | "remove" | "lastSeq">;

/** What of an index goes. */
interface Doomed {
  read(range: PageRange): Candidate[];
  untilS: number;
  lastSeq: number;
}

/** Small steps: each is one commit. */
const BATCH_EVENTS = 64;
/** Look-ups of one row each. */
const BATCH_VALUES = 32;

const ENVELOPES = [KIND.message, KIND.quiet] as const;

/**
 * Removes the mail to an addr and the gift wraps to its nostr key that are stored at the time of the call: what comes
 * later is for whoever registered by then. (Specification page 3)
 */
export function removeMailOf({ addr, nostr }: MailReader, store: RemovalStore): Steps {
  const bounds = { untilS: Number.MAX_SAFE_INTEGER, lastSeq: store.lastSeq() };
  return (function* () {
    yield* removeMail(addr, { store, bounds });
    if (nostr !== null) yield* removeWraps(nostr, { store, bounds });
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
    const bounds = { untilS: Number.MAX_SAFE_INTEGER, lastSeq: store.lastSeq() };
    yield* removeMail(value, { store, bounds });
  }
}

/**
 * Removes what requests to vanish are about and notes that it is gone: everything by a nostr key but the requests
 * themselves, gift wraps to it, mail to an addr. (NIP-62)
 */
export function* removeVanished(
  pending: readonly PendingVanish[],
  store: RemovalStore & Pick<Store, "forgotten">,
): Steps {
  for (const vanish of pending) {
    const { owner, untilS } = vanish;
    const bounds = { untilS, lastSeq: store.lastSeq() };
    yield* removeMail(owner, { store, bounds });
    yield* removeWraps(owner, { store, bounds });
    yield* removeBy(owner, { store, bounds });
    store.forgotten.vanishDone(vanish);
  }
}

/** Removes everything that a nostr key published, but requests to vanish. */
export function removeEventsBy(pubkey: string, store: RemovalStore): Steps {
  const bounds = { untilS: Number.MAX_SAFE_INTEGER, lastSeq: store.lastSeq() };
  return removeBy(pubkey, { store, bounds });
}

interface RemovalRules {
  store: RemovalStore;
  bounds: Pick<Doomed, "untilS" | "lastSeq">;
}

function* removeMail(addr: string, { store, bounds }: RemovalRules): Steps {
  for (const kind of ENVELOPES) {
    const tag = { name: "q", value: addr, kind };
    yield* removeAll({ read: (range) => store.pages.byTag(tag, range), ...bounds }, store);
  }
}

function* removeWraps(pubkey: string, { store, bounds }: RemovalRules): Steps {
  const tag = { name: "p", value: pubkey, kind: KIND.giftWrap };
  yield* removeAll({ read: (range) => store.pages.byTag(tag, range), ...bounds }, store);
}

function* removeBy(pubkey: string, { store, bounds }: RemovalRules): Steps {
  const { pages } = store;
  for (let next = pages.nextKindOf(pubkey, -1); next !== null;) {
    const kind = next;
    if (kind !== KIND.vanish) {
      const read = (range: PageRange) => pages.byAuthor({ pubkey, kind }, range);
      yield* removeAll({ read, ...bounds }, store);
    }
    next = pages.nextKindOf(pubkey, kind);
  }
}

function* removeAll({ read, untilS, lastSeq }: Doomed, store: RemovalStore): Steps {
  const range = { sinceS: 0, beforeS: untilS, afterId: "", limit: BATCH_EVENTS };
  for (;;) {
    const page = read(range);
    yield store.remove(page.filter(({ seq }) => seq <= lastSeq).map(({ seq }) => seq));
    const last = page.at(-1);
    if (!last || page.length < BATCH_EVENTS) return;
    range.beforeS = last.createdAtS;
    range.afterId = last.id;
  }
}
