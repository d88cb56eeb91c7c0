import { bytesToHex } from "../../../../protocol/bytes.ts";
import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import { type Ack, signAck } from "../../../../protocol/ack.ts";
import { openMail, sealMail } from "../../../../protocol/mail.ts";
import { type Message, signMessage } from "../../../../protocol/message.ts";
import type { MessageBody } from "../../../../protocol/message_body.ts";
import { KIND, type NostrEvent } from "../../../../protocol/nostr_event.ts";
import { connectClient } from "../../../relay/support/test_client.ts";
import type { Person, World } from "./world.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

/** A message as a client of one's own making could sign it. */
export function craftMessage(
  from: Person,
  { to, text = "hello", id = bytesToHex(randomBytes(16)), ...rest }: {
    to: Person;
    text?: string;
    id?: string;
    body?: MessageBody;
    fromHandle?: string | null;
    sentAtMs?: number;
  },
): Message {
  const { body = { kind: "text", text }, sentAtMs = Date.now() } = rest;
  const { fromHandle = `${from.handle}@${from.server}` } = rest;
  return signMessage(
    { id, from: from.primary, fromHandle, to: to.primary, sentAtMs, body },
    from.secrets.identitySecret,
  );
}

/** An ack by whoever likes to. */
export function craftAck(
  from: Person,
  { to, eventId, messageId }: { to: Person; eventId: string; messageId: string },
): Ack {
  const ackedAtMs = Date.now();
  return signAck({ to: to.primary, eventId, messageId, ackedAtMs }, from.secrets.identitySecret);
}

/** Seals a document to a reader. */
export function seal(
  document: Message | Ack,
  { reader, kind = KIND.message, createdAtS = Math.floor(Date.now() / 1000) }: {
    reader: Person;
    kind?: typeof KIND.message | typeof KIND.quiet | typeof KIND.typing;
    createdAtS?: number;
  },
): Promise<NostrEvent> {
  return sealMail(document, { reader: reader.primary, kind, createdAtS, randomBytes });
}

/** Publishes events on a connection of its own; each must be taken. */
export async function publish(world: World, ...events: NostrEvent[]): Promise<void> {
  await using client = await connectClient(world.relayUrl);
  for (const event of events) {
    const [isAccepted, message] = await client.publish(event);
    if (!isAccepted) throw new Error(`The relay refused: ${message}`);
  }
}

/** All mail that the relay holds for somebody. */
export async function mailFor(world: World, reader: Person): Promise<NostrEvent[]> {
  await using client = await connectClient(world.relayUrl);
  await client.auth(reader.secrets.nostrSecret);
  return await client.query({ kinds: [KIND.message, KIND.quiet], "#q": [reader.addr] });
}

/** Acks that a person was sent, by the message that they are for. */
export async function acksFor(
  world: World,
  reader: Person,
): Promise<{ messageId: string; eventId: string }[]> {
  const { identitySecret } = reader.secrets;
  const opened = await Promise.all(
    (await mailFor(world, reader)).map((event: NostrEvent) =>
      openMail(event, { identitySecret, nowMs: Date.now(), verifyEd25519 })
    ),
  );
  return opened.flatMap((mail) =>
    mail.type === "ack"
      ? [{ messageId: mail.ack.payload.message_id, eventId: mail.ack.payload.event_id }]
      : []
  );
}
