import { signAck } from "../../../protocol/ack.ts";
import { addrOf } from "../../../protocol/addr.ts";
import { bytesToHex } from "../../../protocol/bytes.ts";
import { primaryOf } from "../../../protocol/identity.ts";
import { sealMail } from "../../../protocol/mail.ts";
import { type Message, signMessage } from "../../../protocol/message.ts";
import { KIND, type NostrEvent, signEvent } from "../../../protocol/nostr_event.ts";
import { signDocument } from "../../../protocol/signed_document.ts";
import { randomBytes } from "../random_bytes.ts";

/** A text that nobody may ever see. */
export const FORGED_TEXT = "forged";

const forgerSecret = randomBytes(32);

/** What a relay can make up for a reader, in the name of somebody that the reader knows: none of it may be shown. */
export async function forgeMail(
  { reader, inNameOf, nowMs = Date.now() }: { reader: string; inNameOf: string; nowMs?: number },
): Promise<NostrEvent[]> {
  const stranger = primaryOf(randomBytes(32));
  const signed = messageOf({ from: inNameOf, to: reader, nowMs });
  const withKey = { ...signed, signature: { ...signed.signature, key: inNameOf } };
  const toAnother = messageOf({ from: primaryOf(forgerSecret), to: stranger, nowMs });
  const misdirected = await seal(toAnother, { reader, nowMs });
  const elsewhere = await seal(toAnother, { reader: stranger, nowMs });
  const toReader = { tags: [["q", addrOf(reader)]], nowMs };
  return [
    await seal(signed, { reader, nowMs }),
    await seal(withKey, { reader, nowMs }),
    misdirected,
    // An envelope of somebody else, addressed anew.
    oneTime({ ...toReader, content: elsewhere.content }),
    elsewhere,
    oneTime({ ...toReader, content: '{"v":2,"enc":"AAAA","ct":"AAAA"}' }),
    oneTime({ ...toReader, content: "not even JSON" }),
    // Under the id of another event, and of none.
    { ...elsewhere, id: misdirected.id, tags: toReader.tags },
    { ...misdirected, id: bytesToHex(randomBytes(32)) },
    { ...misdirected, sig: "0".repeat(128) },
  ];
}

/**
 * Acks that prove nothing: by another key, for another message or event, with a broken `kez_sig`. Some need the peer's
 * own key, as if the peer lied.
 *
 * @param sender who sent the message, a primary
 */
export async function forgeAcks(
  { sender, peerSecret, eventId, messageId, nowMs = Date.now() }: {
    sender: string;
    peerSecret: Uint8Array;
    eventId: string;
    messageId: string;
    nowMs?: number;
  },
): Promise<NostrEvent[]> {
  const right = { to: sender, eventId, messageId, ackedAtMs: nowMs };
  const other = { ...right, messageId: bytesToHex(randomBytes(16)) };
  const never = { ...right, eventId: bytesToHex(randomBytes(32)) };
  const { payload } = signAck(never, peerSecret);
  const broken = signDocument("ack", {
    payload: { ...payload, event_id: eventId },
    identitySecret: peerSecret,
  });
  const byForger = signAck(right, forgerSecret);
  const inPeersName = {
    ...byForger,
    payload: { ...byForger.payload, from: primaryOf(peerSecret) },
  };
  const acks = [
    byForger,
    inPeersName,
    signAck(other, peerSecret),
    signAck(never, peerSecret),
    signAck({ ...right, to: primaryOf(forgerSecret) }, peerSecret),
    broken,
  ];
  const sealing = { reader: sender, kind: KIND.quiet, nowMs } as const;
  return await Promise.all(acks.map((ack) => seal(ack, sealing)));
}

function messageOf(
  { from, to, nowMs }: { from: string; to: string; nowMs: number },
): Message {
  const id = bytesToHex(randomBytes(16));
  const body = { kind: "text", text: FORGED_TEXT } as const;
  return signMessage({ id, from, fromHandle: null, to, sentAtMs: nowMs, body }, forgerSecret);
}

function seal(
  document: Parameters<typeof sealMail>[0],
  { reader, kind = KIND.message, nowMs }: {
    reader: string;
    kind?: typeof KIND.message | typeof KIND.quiet;
    nowMs: number;
  },
): Promise<NostrEvent> {
  const createdAtS = Math.floor(nowMs / 1000);
  return sealMail(document, { reader, kind, createdAtS, randomBytes });
}

function oneTime(
  { tags, content, nowMs }: { tags: string[][]; content: string; nowMs: number },
): NostrEvent {
  const template = { kind: KIND.message, created_at: Math.floor(nowMs / 1000), tags, content };
  return signEvent(template, { nostrSecret: randomBytes(32), random: randomBytes(32) });
}
