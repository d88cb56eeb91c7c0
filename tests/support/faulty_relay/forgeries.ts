import { signAck } from "../../../protocol/ack.ts";
import { addrOf } from "../../../protocol/addr.ts";
import { bytesToHex } from "../../../protocol/bytes.ts";
import { primaryOf } from "../../../protocol/identity.ts";
import { sealMail } from "../../../protocol/mail.ts";
import { type Message, signMessage } from "../../../protocol/message.ts";
import { KIND, type NostrEvent, signEvent } from "../../../protocol/nostr_event.ts";
import { signDocument } from "../../../protocol/signed_document.ts";

/** A text that nobody may ever see. */
export const FORGED_TEXT = "forged";

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const nowS = () => Math.floor(Date.now() / 1000);
const forgerSecret = randomBytes(32);

/** What a relay can make up for a reader, in the name of somebody that the reader knows: none of it may be shown. */
export async function forgeMail(
  { reader, inNameOf }: { reader: string; inNameOf: string },
): Promise<NostrEvent[]> {
  const signed = messageOf({ from: inNameOf, to: reader });
  const withKey = { ...signed, signature: { ...signed.signature, key: inNameOf } };
  const stranger = primaryOf(randomBytes(32));
  const toAnother = messageOf({ from: primaryOf(forgerSecret), to: stranger });
  const honest = await seal(toAnother, { reader });
  const elsewhere = await sealMail(
    messageOf({ from: primaryOf(forgerSecret), to: stranger }),
    { reader: stranger, kind: KIND.message, createdAtS: nowS(), randomBytes },
  );
  return [
    await seal(signed, { reader }),
    await seal(withKey, { reader }),
    honest,
    // An envelope of somebody else, addressed anew.
    oneTime({ tags: [["q", addrOf(reader)]], content: elsewhere.content }),
    elsewhere,
    oneTime({ tags: [["q", addrOf(reader)]], content: '{"v":2,"enc":"AAAA","ct":"AAAA"}' }),
    oneTime({ tags: [["q", addrOf(reader)]], content: "not even JSON" }),
    // Under the id of another event.
    { ...elsewhere, id: honest.id, tags: [["q", addrOf(reader)]] },
    { ...honest, id: bytesToHex(randomBytes(32)) },
    { ...honest, sig: "0".repeat(128) },
  ];
}

/**
 * Acks that prove nothing: by another key, for another message or event, with a broken `kez_sig`. Some need the peer's
 * own key, as if the peer lied.
 *
 * @param sender who sent the message, a primary
 */
export async function forgeAcks(
  { sender, peerSecret, eventId, messageId }: {
    sender: string;
    peerSecret: Uint8Array;
    eventId: string;
    messageId: string;
  },
): Promise<NostrEvent[]> {
  const ackedAtMs = Date.now();
  const right = { to: sender, eventId, messageId, ackedAtMs };
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
  return await Promise.all(acks.map((ack) => seal(ack, { reader: sender, kind: KIND.quiet })));
}

function messageOf({ from, to }: { from: string; to: string }): Message {
  return signMessage({
    id: bytesToHex(randomBytes(16)),
    from,
    fromHandle: null,
    to,
    sentAtMs: Date.now(),
    body: { kind: "text", text: FORGED_TEXT },
  }, forgerSecret);
}

function seal(
  document: Parameters<typeof sealMail>[0],
  { reader, kind = KIND.message }: {
    reader: string;
    kind?: typeof KIND.message | typeof KIND.quiet;
  },
): Promise<NostrEvent> {
  return sealMail(document, { reader, kind, createdAtS: nowS(), randomBytes });
}

function oneTime({ tags, content }: { tags: string[][]; content: string }): NostrEvent {
  const template = { kind: KIND.message, created_at: nowS(), tags, content };
  return signEvent(template, { nostrSecret: randomBytes(32), random: randomBytes(32) });
}
