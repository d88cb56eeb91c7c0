import { relayId } from "../../relays/relay_url.ts";
import { isUserError } from "../../user_error.ts";
import type { Ledger } from "../ledger.ts";

/** Whom a refusal is about: a relay that serves a reader refuses that reader, any other one refuses unknown authors. */
interface RefusalScope {
  url: string;
  /** The reader's primary where the relay is one of its registry, or the own home relay; null otherwise. */
  reader: string | null;
  /** True where the event was signed by the own key, not by a one-time one. */
  isOwnKey?: boolean;
}

/** Relays that refused events of unknown authors: they are left alone for a day. (Specification page 4) */
export interface RelayRefusals {
  isRefusing(scope: RefusalScope): boolean;
  /** The relay's words where it refuses unknown authors at present; null otherwise. */
  wordsOf(url: string): string | null;
  /** Remembers a relay's answer where it is such a refusal. */
  note(scope: RefusalScope & { message: string }): void;
  /** Somebody wants all of them asked again. */
  forget(): void;
}

const NAME = "relay_refusals";
const SKIPPED_MS = 24 * 60 * 60 * 1000;
const MAX_REFUSALS = 100;
const MAX_WORDS = 200;

type Refusals = Record<string, { atMs: number; words: string }>;

/**
 * Loads what is remembered.
 *
 * @throws UserError `storage_failed`
 */
export async function openRelayRefusals(
  { ledger, nowMs, onChange, onFault }: {
    ledger: Ledger;
    nowMs(): number;
    onChange(): void;
    onFault(error: unknown): void;
  },
): Promise<RelayRefusals> {
  let refusals = await ledger.storage.value<Refusals>(NAME) ?? {};

  function replace(next: Refusals): void {
    refusals = next;
    onChange();
    const writing = ledger.write(() => ledger.commit([{ put: "value", name: NAME, value: next }]));
    // What is not on disk is asked once more after the next start.
    writing.catch((error) => isUserError(error, "storage_failed") || onFault(error));
  }

  function find(key: string) {
    const refusal = refusals[key];
    return refusal && nowMs() - refusal.atMs < SKIPPED_MS ? refusal : null;
  }

  return {
    isRefusing: (scope) => find(keyOf(scope)) !== null,
    wordsOf: (url) => find(keyOf({ url, reader: null }))?.words ?? null,
    note({ message, ...scope }) {
      const key = keyOf(scope);
      if (!isAuthorRefusal(message) || find(key)) return;
      const current = Object.entries(refusals)
        .filter(([one]) => one !== key && find(one))
        .slice(1 - MAX_REFUSALS);
      const refusal = { atMs: nowMs(), words: message.slice(0, MAX_WORDS) };
      replace({ ...Object.fromEntries(current), [key]: refusal });
    },
    forget() {
      if (Object.keys(refusals).length > 0) replace({});
    },
  };
}

/** True for the words by which relays keep unknown authors out. (NIP-01's prefixes) */
function isAuthorRefusal(message: string): boolean {
  return /^(?:blocked|restricted|auth-required|pow):/.test(message);
}

function keyOf({ url, reader, isOwnKey = false }: RefusalScope): string {
  const words = [relayId(url), ...reader === null ? [] : [reader], ...isOwnKey ? ["own key"] : []];
  return words.join(" ");
}
