import { bytesToHex, encodeBase64url } from "../../../protocol/bytes.ts";
import { nostrPubkeyOf } from "../../../protocol/identity.ts";
import {
  type EventTemplate,
  KIND,
  type NostrEvent,
  signEvent,
} from "../../../protocol/nostr_event.ts";
import { randomBytes } from "../../support/random_bytes.ts";

/** 64 random hex: an addr, an id, a key that nobody has. */
export function randomHex(): string {
  return bytesToHex(randomBytes(32));
}

/** A person: a nostr key and an addr. */
export interface Person {
  secret: Uint8Array;
  pubkey: string;
  addr: string;
}

/** Somebody new. */
export function newPerson(): Person {
  const secret = randomBytes(32);
  return { secret, pubkey: nostrPubkeyOf(secret), addr: randomHex() };
}

/** Unix seconds. */
export function nowS(): number {
  return Math.floor(Date.now() / 1000);
}

/** A signed event; a note of a fresh key where nothing else is said. */
export function makeEvent(
  template: Partial<EventTemplate> = {},
  secret: Uint8Array = randomBytes(32),
): NostrEvent {
  const whole = { kind: 1, created_at: nowS(), tags: [], content: "hello", ...template };
  return signEvent(whole, { nostrSecret: secret, random: randomBytes(32) });
}

/** Something with the shape of an envelope v2. */
export function envelopeContent(ciphertextBytes = 1040): string {
  const enc = encodeBase64url(randomBytes(32));
  return JSON.stringify({ v: 2, enc, ct: encodeBase64url(randomBytes(ciphertextBytes)) });
}

/** Mail to an addr by a one-time key. */
export function makeMail(
  addr: string,
  { secret, ...template }: Partial<EventTemplate> & { secret?: Uint8Array } = {},
): NostrEvent {
  const mail = { kind: KIND.message, tags: [["q", addr]], content: envelopeContent() };
  return makeEvent({ ...mail, ...template }, secret);
}

/** An event of a private kind for a person, by whatever tag its kind wants. */
export function makePrivate(kind: number, reader: Person, secret?: Uint8Array): NostrEvent {
  const isMail = [KIND.message, KIND.quiet, KIND.typing].some((mail) => mail === kind);
  return isMail
    ? makeEvent({ kind, tags: [["q", reader.addr]], content: envelopeContent() }, secret)
    : makeEvent({ kind, tags: [["p", reader.pubkey]], content: "sealed" }, secret);
}

/** What answers a challenge. (NIP-42) */
export function authEvent(
  secret: Uint8Array,
  { relay, challenge, kind = KIND.auth, created_at = nowS() }: {
    relay: string;
    challenge: string;
    kind?: number;
    created_at?: number;
  },
): NostrEvent {
  const tags = [["relay", relay], ["challenge", challenge]];
  return makeEvent({ kind, created_at, tags, content: "" }, secret);
}

/** The ids of events, in order. */
export function idsOf(events: readonly NostrEvent[]): string[] {
  return events.map(({ id }) => id);
}
