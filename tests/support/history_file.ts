import { argon2id } from "hash-wasm";
import { createBackupWriter } from "../../client/backup/backup_lines.ts";
import { emptyConversation } from "../../client/chats/conversation/conversation_changes.ts";
import type { DeriveKey } from "../../client/session/argon2.ts";
import type { MessageRecord } from "../../client/storage/chat_records.ts";
import { MESSAGE_DEFAULTS } from "../../client/storage/record_defaults.ts";
import { bytesToHex } from "../../protocol/bytes.ts";
import { primaryOf } from "../../protocol/identity.ts";
import { randomBytes } from "./random_bytes.ts";

export const BACKUP_PASSPHRASE = "a passphrase of its own";

/** Whose backup it is. */
export interface HistoryOwner {
  handle: string;
  server: string;
  primary: string;
}

/** What a conversation of a made-up history is like. */
export interface HistoryPart {
  handle: string;
  messages: number;
  /** The text of each message, by its number from 1 on; some sentences where it is not given. */
  text?(number: number): string;
}

const SENTENCES = [
  "The ferry leaves at six.",
  "Did you see the fog over the harbour this morning? I could not make out the lighthouse.",
  "Yes",
  "I bring bread, cheese and the map. Could you look whether the boat still has its oars, and whether anyone has the key to the shed?",
  "👍",
  "On my way\nwait at the pier",
  "https://example.org/tides?day=tomorrow",
];
const EVERY_MS = 7 * 60 * 1000;

/**
 * A backup with a history that nobody had, so that a browser has it by `Import backup`: messages every few minutes, back
 * from `endMs`, two of the peer, then one own.
 */
export async function makeHistory(
  owner: HistoryOwner,
  { parts, endMs }: { parts: HistoryPart[]; endMs: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const writer = await createBackupWriter({
    passphrase: BACKUP_PASSPHRASE,
    deriveKey,
    argon2: { salt: crypto.getRandomValues(new Uint8Array(16)), memoryKib: 1024, iterations: 1 },
  });
  const { handle, server, primary } = owner;
  await writer.write({ account: { handle, server, primary }, madeAtMs: endMs });
  const peers = parts.map((part) => ({ ...part, primary: primaryOf(randomBytes(32)) }));
  for (const { handle, primary, messages } of peers) {
    const beganAtMs = endMs - messages * EVERY_MS;
    const contact = { handle, server, relays: [] };
    const empty = emptyConversation({ primary, state: "accepted", contact, nowMs: beganAtMs });
    await writer.write({ conversation: { ...empty, hasReplied: true } });
  }
  for (const peer of peers) {
    for (let number = 1; number <= peer.messages; number++) {
      const atMs = endMs - (peer.messages - number) * EVERY_MS;
      await writer.write({ message: messageOf({ ...peer, number, atMs, own: primary }) });
    }
  }
  return new Uint8Array(await (await writer.finish()).arrayBuffer());
}

function messageOf(
  { primary, number, atMs, own, text }: {
    primary: string;
    number: number;
    atMs: number;
    own: string;
    text?: HistoryPart["text"];
  },
): MessageRecord {
  const isOwn = number % 3 === 0;
  const words = text?.(number) ?? SENTENCES[number % SENTENCES.length]!;
  return {
    ...MESSAGE_DEFAULTS,
    id: bytesToHex(randomBytes(16)),
    from: isOwn ? own : primary,
    peer: primary,
    body: { kind: "text", text: words },
    atMs,
    arrival: atMs,
    status: isOwn ? "delivered" : null,
    failure: null,
    eventIds: [],
    digest: bytesToHex(randomBytes(16)),
    bytes: 500,
  };
}

const deriveKey: DeriveKey = async ({ passphrase, salt, memoryKib, iterations }) => {
  const options = { salt, memorySize: memoryKib, iterations, parallelism: 1, hashLength: 32 };
  const key = await argon2id({ password: passphrase, ...options, outputType: "binary" });
  return { key: new Uint8Array(key), elapsedMs: 1 };
};
