import { verifyEd25519 } from "../../protocol/ed25519.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { type OpenedMail, openMail } from "../../protocol/mail.ts";
import { isKnownBody } from "../../protocol/message_body.ts";
import { KIND, type NostrEvent, tagValue } from "../../protocol/nostr_event.ts";
import type { MessageView } from "../../client/chats/model/message_model.ts";
import { type ChatStorage, createChatStorage } from "../../client/storage/chat_storage.ts";
import { type Database, openDatabase } from "../../client/storage/database.ts";
import { createSealer } from "../../client/storage/sealer.ts";
import type { Person } from "../unit/client/chats/world.ts";
import type { Company } from "./sim_people.ts";
import type { Seat, SimWorld } from "./sim_world.ts";
import type { Sent, Witness } from "./sim_witness.ts";

interface Scene {
  world: SimWorld;
  witness: Witness;
  company: Company;
}

/** What every device shows, by seat and the peer's primary. */
type Shown = Map<Seat, Map<string, MessageView[]>>;

/** What is not yet as it has to be in the end: messages that are missing, doubled, undelivered; entries that wait. */
export async function findUnsettled({ world, witness, company }: Scene): Promise<string[]> {
  const shown = await readAll(world);
  const findings: string[] = [];
  for (const message of witness.sent.values()) {
    const { text, from, to, seat, isQueued } = message;
    const isBlocked = company.relations.some(({ kind, first, second }) =>
      kind === "blocked" && first === from && second === to
    );
    const copies = (reader: Seat, peer: Person) =>
      (shown.get(reader)?.get(peer.primary) ?? []).filter((view) => view.text === text);
    const isMade = isQueued ||
      world.seatsOf(from).some((reader) => copies(reader, to).length > 0);
    const expect = (reader: Seat, { peer, counts }: { peer: Person; counts: number[] }) => {
      const count = copies(reader, peer).length;
      if (!counts.includes(count)) {
        findings.push(`${JSON.stringify(text)} ${count} times at ${reader.name}`);
      }
    };
    for (const reader of world.seatsOf(from)) {
      expect(reader, { peer: to, counts: [Number(isMade)] });
      for (const { status } of copies(reader, to)) {
        const isDone = reader === seat && !isBlocked
          ? status === "delivered" || status === "read"
          : status !== "sending" && status !== "failed";
        if (!isDone) findings.push(`${JSON.stringify(text)} is ${status} at ${reader.name}`);
      }
    }
    const counts = isBlocked ? [0, 1] : [Number(isMade)];
    for (const reader of world.seatsOf(to)) expect(reader, { peer: from, counts });
  }
  for (const seat of world.seats) {
    for (const { primary, title, unread } of seat.device?.chats.conversations ?? []) {
      const held = shown.get(seat)?.get(primary)?.filter(({ isOwn }) => !isOwn).length ?? 0;
      if (unread > held) findings.push(`${unread} unread of ${held} by ${title} at ${seat.name}`);
    }
    findings.push(...await findUnhandled(seat, world));
  }
  return findings;
}

/** What was shown and is not true, in the light of everything that went over the relays. */
export async function findUntrue({ world, witness, company }: Scene): Promise<string[]> {
  const findings = [...witness.violations];
  const provenAtMs = new Map<string, number>();
  for (const { event, atMs } of world.received) {
    const reader = world.people.find(({ addr }) => addr === tagValue(event, "q"));
    const mail = reader && await openOnce(event, { reader, nowMs: world.nowMs() });
    if (!reader || !mail) continue;
    for (const id of confirmedBy(mail)) {
      const by = mail.type === "ack" ? mail.ack.payload.from : mail.message.payload.from;
      const name = `${reader.primary} ${by} ${id}`;
      if (!provenAtMs.has(name)) provenAtMs.set(name, atMs);
      const isEarly = company.relations.some(({ first, second, acceptedAtMs }) =>
        first === reader && second.primary === by && atMs < acceptedAtMs
      );
      if (isEarly) findings.push(`an ack to ${reader.handle} left before they were accepted`);
    }
  }
  for (const { where, from, to, id, atMs } of witness.confirmed) {
    const provenMs = provenAtMs.get(`${from} ${to} ${id}`) ?? Infinity;
    if (atMs < provenMs) findings.push(`without a proof: ${where}`);
  }
  for (const { name, device } of world.seats) {
    for (const fault of device?.faults ?? []) findings.push(`${name}: ${fault}`);
    if (device?.chats.dropped.fault) findings.push(`${name} dropped mail by a fault`);
  }
  return findings;
}

/** What a document proves to have arrived: ids of messages. */
function confirmedBy(mail: OpenedMail): readonly string[] {
  if (mail.type === "ack") return [mail.ack.payload.message_id];
  const { body } = mail.message.payload;
  return isKnownBody(body) && body.kind === "receipt" ? body.targets : [];
}

const opened = new Map<string, OpenedMail | null>();

/** Every event is at several relays. */
async function openOnce(
  event: NostrEvent,
  { reader, nowMs }: { reader: Person; nowMs: number },
): Promise<OpenedMail | null> {
  if (event.kind !== KIND.quiet) return null;
  const known = opened.get(event.id);
  if (known !== undefined) return known;
  try {
    const { identitySecret } = reader.secrets;
    const mail = await openMail(event, { identitySecret, nowMs, verifyEd25519 });
    opened.set(event.id, mail);
    return mail;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    opened.set(event.id, null);
    return null;
  }
}

async function readAll(world: SimWorld): Promise<Shown> {
  const shown: Shown = new Map();
  for (const seat of world.seats) {
    const threads = new Map<string, MessageView[]>();
    shown.set(seat, threads);
    for (const { primary } of world.people) {
      const thread = await seat.device?.chats.openThread(primary);
      if (!thread) continue;
      const views = new Map<string, MessageView>();
      const note = () => thread.messages.forEach((view) => views.set(view.key, view));
      note();
      while (thread.hasOlder) {
        await thread.loadOlder();
        note();
      }
      thread.close();
      threads.set(primary, [...views.values()]);
    }
  }
  return shown;
}

/** Entries that wait, and stored events that a device has not dealt with. */
async function findUnhandled(seat: Seat, { relays }: SimWorld): Promise<string[]> {
  if (!seat.device) return [`${seat.name} is away`];
  const { database, storage } = await storageOf(seat);
  try {
    const waiting = await storage.outbox();
    const events = new Map(relays.flatMap((relay) => relay.events).map((one) => [one.id, one]));
    const own = [...events.values()].filter((one) => tagValue(one, "q") === seat.person.addr);
    const seen = await Promise.all(own.map(({ id }) => storage.isEventSeen(id)));
    const unseen = seen.filter((isSeen) => !isSeen).length;
    return [
      ...waiting.map(({ type, id }) => `${type} ${id} waits in the outbox of ${seat.name}`),
      ...(unseen > 0 ? [`${unseen} events unhandled at ${seat.name}`] : []),
    ];
  } finally {
    database.close();
  }
}

async function storageOf(
  { person, device }: Seat,
): Promise<{ database: Database; storage: ChatStorage }> {
  const database = await openDatabase(device!.databaseName);
  const sealer = await createSealer(person.secrets.storageKey);
  return { database, storage: createChatStorage({ database, sealer }) };
}

/** Sends again whatever failed, as its writer would. */
export async function retryFailed(world: SimWorld): Promise<void> {
  for (const { device, person } of world.seats) {
    for (const { primary } of world.people) {
      if (!device || primary === person.primary) continue;
      const thread = await device.chats.openThread(primary);
      if (!thread) continue;
      for (const { key, status } of thread.messages) {
        if (status === "failed") await thread.retry(key);
      }
      thread.close();
    }
  }
}

/** Messages by what became of them, for the report. */
export function countSent(sent: Iterable<Sent>): { queued: number; unsure: number } {
  const all = [...sent];
  const queued = all.filter(({ isQueued }) => isQueued).length;
  return { queued, unsure: all.length - queued };
}
