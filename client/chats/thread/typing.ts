import { bytesToHex } from "../../../protocol/bytes.ts";
import type { VerifyEd25519 } from "../../../protocol/ed25519.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import { parseInstant } from "../../../protocol/instant.ts";
import { openMail, sealMail } from "../../../protocol/mail.ts";
import { signMessage } from "../../../protocol/message.ts";
import { KIND, type NostrEvent } from "../../../protocol/nostr_event.ts";
import { createNamedTimers } from "../../relays/named_timers.ts";
import type { Publisher } from "../../relays/publisher.ts";
import type { RelayEnvironment } from "../../relays/relay_environment.ts";
import type { Ledger } from "../ledger.ts";
import type { Preferences } from "../preferences.ts";

/** Who is typing, and telling others that the owner is. Nothing of it is kept. (docs/protocol.md, "Typing") */
export interface Typing {
  isTyping(primary: string): boolean;
  /** Tells a contact that the owner types, at most every five seconds. Never rejects. */
  tell(primary: string): Promise<void>;
  /** Deals with an event of kind 24243 for this account. Never rejects. */
  receive(event: NostrEvent): Promise<void>;
  /** Calls the listener when somebody begins or ends. Returns what ends it. */
  onChange(listener: () => void): () => void;
  stop(): void;
}

const TELL_EVERY_MS = 5_000;
const SHOWN_MS = 8_000;
/** Older than this, or further ahead, a relay sends what it should have forgotten, or a clock is wrong. */
const MAX_AGE_MS = 60_000;
/** Ids of what was shown last: the same again is a relay's doing. */
const MAX_SEEN_IDS = 500;
/** It is worth no more: what a contact does not see at once it need not see. */
const MAX_RELAYS = 2;

interface TypingDeps {
  ledger: Ledger;
  preferences: Preferences;
  publisher: Pick<Publisher, "publish">;
  environment: Pick<RelayEnvironment, "setTimer" | "nowMs">;
  account: { primary: string; fqhn: string };
  identitySecret: Uint8Array;
  verifyEd25519: VerifyEd25519;
  randomBytes(length: number): Uint8Array;
  /** Where a contact reads, the best one first. */
  relaysOf(primary: string): readonly string[];
  isStopped(): boolean;
  onFault(error: unknown): void;
}

/** Typing of accepted contacts, as far as the owner wants it. */
export function createTyping(deps: TypingDeps): Typing {
  const { ledger, preferences, environment, account, isStopped, onFault } = deps;
  const timers = createNamedTimers(environment);
  const tellTimers = createNamedTimers(environment);
  /** Since which place in the order of arrivals somebody types; what arrived later is what was typed. */
  const typing = new Map<string, number>();
  const tellingSince = new Map<string, number>();
  const toldAtMs = new Map<string, number>();
  const seenIds = new Set<string>();
  const listeners = new Set<() => void>();

  const isContact = (primary: string) =>
    primary !== account.primary && ledger.conversation(primary)?.state === "accepted";

  function changed(): void {
    for (const listener of listeners) listener();
  }

  function end(primary: string): void {
    timers.cancel(primary);
    if (typing.delete(primary)) changed();
  }

  function begin(primary: string): void {
    timers.set(primary, { delayMs: SHOWN_MS, callback: () => end(primary) });
    const isNew = !typing.has(primary);
    typing.set(primary, ledger.nextArrival());
    if (isNew) changed();
  }

  function isNews(id: string): boolean {
    if (seenIds.has(id)) return false;
    seenIds.add(id);
    const [oldest] = seenIds;
    if (seenIds.size > MAX_SEEN_IDS) seenIds.delete(oldest!);
    return true;
  }

  async function judge(event: NostrEvent): Promise<void> {
    const nowMs = environment.nowMs();
    const { identitySecret, verifyEd25519 } = deps;
    const opened = await openMail(event, { identitySecret, nowMs, verifyEd25519 });
    if (isStopped() || opened.type !== "message") return;
    const { from, id, sent_at, body } = opened.message.payload;
    if (body.kind !== "typing" || !isContact(from)) return;
    const isFresh = Math.abs(nowMs - parseInstant(sent_at)!) <= MAX_AGE_MS;
    if (isFresh && isNews(id)) begin(from);
  }

  async function eventTo(reader: string): Promise<NostrEvent> {
    const { identitySecret, randomBytes } = deps;
    const sentAtMs = environment.nowMs();
    const id = bytesToHex(randomBytes(16));
    const { primary: from, fqhn: fromHandle } = account;
    const body = { kind: "typing" };
    const named = { id, from, fromHandle, to: reader, sentAtMs, body };
    const document = signMessage(named, identitySecret);
    const createdAtS = Math.floor(sentAtMs / 1000);
    return await sealMail(document, { reader, kind: KIND.typing, createdAtS, randomBytes });
  }

  /** What was written is there: nobody types it any more. */
  const endFollowing = ledger.onCommit((changes) => {
    for (const change of changes) {
      if (!("put" in change) || change.put !== "message") continue;
      const { from, peer, arrival } = change.message;
      const isNewer = (since: number | undefined) => since !== undefined && arrival > since;
      if (from !== account.primary) {
        if (isNewer(typing.get(from))) end(from);
      } else if (isNewer(tellingSince.get(peer))) tellTimers.cancel(peer);
    }
  });

  async function tellNow(primary: string): Promise<void> {
    const isWanted = preferences.current.typing && isContact(primary) &&
      ledger.conversation(primary)!.hasReplied;
    if (!isWanted || isStopped()) return;
    toldAtMs.set(primary, environment.nowMs());
    try {
      const event = await eventTo(primary);
      if (isStopped()) return;
      for (const url of deps.relaysOf(primary).slice(0, MAX_RELAYS)) {
        void deps.publisher.publish(url, { event, lane: primary });
      }
    } catch (error) {
      onFault(error);
    }
  }

  return {
    isTyping: (primary) => typing.has(primary),
    async tell(primary) {
      const sinceMs = environment.nowMs() - (toldAtMs.get(primary) ?? -Infinity);
      const isDue = sinceMs < 0 || sinceMs >= TELL_EVERY_MS;
      tellTimers.cancel(primary);
      if (isDue) return await tellNow(primary);
      // Whoever goes on typing is told of once it is time again.
      tellingSince.set(primary, ledger.nextArrival());
      const callback = () => void tellNow(primary);
      tellTimers.set(primary, { delayMs: TELL_EVERY_MS - sinceMs, callback });
    },
    async receive(event) {
      if (!preferences.current.typing) return;
      try {
        await judge(event);
      } catch (error) {
        if (!(error instanceof ProtocolError) && !isStopped()) onFault(error);
      }
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      timers.stop();
      tellTimers.stop();
      endFollowing();
      listeners.clear();
    },
  };
}
