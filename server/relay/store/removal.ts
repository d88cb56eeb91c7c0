import { KIND } from "../../../protocol/nostr_event.ts";
import { deletionTargets } from "../events/deletion.ts";
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
type RequestStore = RemovalStore & Pick<Store, "json" | "seqAt" | "forgotten">;

/** What of an index goes. */
interface Doomed {
  read(range: PageRange): Candidate[];
  untilS: number;
  lastSeq: number;
}

/** Events that are looked up in one step, and values with a row or two each. */
const BATCH_EVENTS = 64;
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

/** Removes what requests to delete and to vanish are about, as far as it may still be here. (NIP-09, NIP-62) */
export function* removeRequested(store: RequestStore): Steps {
  for (const seq of store.forgotten.pendingDeletions()) yield* removeNamed(seq, store);
  for (const vanish of store.forgotten.pendingVanishes()) yield* removeVanished(vanish, store);
}

/** What a deletion request names is removed where it is forgotten by now: by its owners, up to their time. */
function* removeNamed(requestSeq: number, store: RequestStore): Steps {
  const { forgotten } = store;
  const json = store.json(requestSeq);
  const { ids, addresses } = json === null
    ? { ids: [], addresses: [] }
    : deletionTargets(JSON.parse(json));
  const isForgotten = (seq: number): boolean => {
    const named = store.json(seq);
    return named !== null && forgotten.reasonAgainst(JSON.parse(named)) === "deleted";
  };
  for (const batch of batches([...ids, ...addresses], BATCH_VALUES)) {
    const seqs = batch.map((target) => store.pages.byId(target)?.seq ?? store.seqAt(target))
      .filter((seq) => seq !== null);
    yield* removeSeqs(seqs.filter(isForgotten), store);
    yield 0;
  }
  forgotten.deletionDone(requestSeq);
}

/** Everything by a nostr key but requests to vanish, gift wraps to it, mail to an addr. */
function* removeVanished(vanish: PendingVanish, store: RequestStore): Steps {
  const { owner, untilS } = vanish;
  const bounds = { untilS, lastSeq: store.lastSeq() };
  yield* removeMail(owner, { store, bounds });
  yield* removeWraps(owner, { store, bounds });
  yield* removeBy(owner, { store, bounds, kept: [KIND.vanish] });
  store.forgotten.vanishDone(vanish);
}

/** Removes everything that a nostr key published. */
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

function* removeBy(
  pubkey: string,
  { store, bounds, kept = [] }: RemovalRules & { kept?: readonly number[] },
): Steps {
  const { pages } = store;
  let kinds = pages.kindsOf(pubkey, -1);
  while (kinds.length > 0) {
    for (const kind of kinds) {
      if (kept.includes(kind)) continue;
      const read = (range: PageRange) => pages.byAuthor({ pubkey, kind }, range);
      yield* removeAll({ read, ...bounds }, store);
    }
    kinds = pages.kindsOf(pubkey, kinds.at(-1)!);
  }
}

function* removeAll({ read, untilS, lastSeq }: Doomed, store: RemovalStore): Steps {
  const range = { sinceS: 0, beforeS: untilS, afterId: "", limit: BATCH_EVENTS };
  for (;;) {
    const page = read(range);
    yield* removeSeqs(page.filter(({ seq }) => seq <= lastSeq).map(({ seq }) => seq), store);
    yield 0;
    const last = page.at(-1);
    if (!last || page.length < BATCH_EVENTS) return;
    range.beforeS = last.createdAtS;
    range.afterId = last.id;
  }
}

function* removeSeqs(seqs: readonly number[], store: RemovalStore): Steps {
  for (let at = 0; at < seqs.length;) {
    const gone = store.remove(seqs.slice(at));
    at += gone;
    yield gone;
  }
}

function batches<T>(items: readonly T[], size: number): T[][] {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, i) => items.slice(i * size, (i + 1) * size),
  );
}
