import { createHash, type Hash } from "node:crypto";
import { createByteReader } from "./byte_reader.ts";
import { DamagedBackup, NewerBackup } from "./backup_faults.ts";

/**
 * A server's backup, one file (docs/operations.md, "The file"): magic, version, then records of a length (4 bytes, big-endian), as
 * much JSON, and the bytes that it speaks of; at the end the SHA-256 of everything before.
 */
const MAGIC = new TextEncoder().encode("kez-chat server\n");
const FORMAT_VERSION = 1;
const MAX_RECORD_BYTES = 4096;
const DIGEST_BYTES = 32;
const MAX_DATE_MS = 8_640_000_000_000_000;
/** A version or the name of a server, which are told to whoever looks at a backup. */
const PLAIN = /^[!-~]{1,320}$/;
const BLOB = /^blobs\/([0-9a-f]{64})$/;

/** The registry's database and that of the relay, as they are called in a backup. */
export const REGISTRY_FILE = "kez-chat.db";
export const RELAY_FILE = "relay.db";

/** What a backup says about itself. */
export interface BackupManifest {
  madeAtMs: number;
  /** The program that made it. */
  version: string;
  /** Whose registrations are in it; null where nobody had registered. */
  server: string | null;
  registrySchema: number;
  /** Null where no relay had kept anything. */
  relaySchema: number | null;
}

export interface BackupFile {
  /** `kez-chat.db`, `relay.db` or `blobs/<sha256>`. */
  name: string;
  bytes: number;
}

/** What is learnt once the last byte was right. */
export interface BackupSummary {
  manifest: BackupManifest;
  files: number;
  blobs: number;
  bytes: number;
  /** SHA-256 of everything but itself, in hex; it stands at the end of the file. */
  sha256: string;
}

/** Takes the content of a file, piece by piece; `end` comes only if it was whole. */
export interface FileTaker {
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/**
 * The bytes of a backup. Files come in the order of their names, blobs first.
 *
 * @throws Error where a file's content has not the size that was said
 */
export async function* encodeBackup(
  { manifest, files }: {
    manifest: BackupManifest;
    files: AsyncIterable<BackupFile & { content: AsyncIterable<Uint8Array> }>;
  },
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  const hashed = (bytes: Uint8Array) => (hash.update(bytes), bytes);
  yield hashed(Uint8Array.of(...MAGIC, FORMAT_VERSION >> 8, FORMAT_VERSION & 0xff));
  yield hashed(encodeRecord({ manifest }));
  let count = 0;
  for await (const { name, bytes, content } of files) {
    yield hashed(encodeRecord({ file: { name, bytes } }));
    let left = bytes;
    for await (const chunk of content) {
      left -= chunk.length;
      if (left < 0) break;
      yield hashed(chunk);
    }
    if (left !== 0) throw new Error(`${name} changed while it was read.`);
    count++;
  }
  yield hashed(encodeRecord({ end: { files: count } }));
  yield hash.digest();
}

function encodeRecord(value: unknown): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(value));
  const bytes = new Uint8Array(4 + json.length);
  new DataView(bytes.buffer).setUint32(0, json.length);
  bytes.set(json, 4);
  return bytes;
}

/**
 * Reads a backup to its end, in bounded memory. What it hands over is to be trusted only when it has returned.
 *
 * @param take is asked for who takes each file; null: nobody
 * @throws NewerBackup, or DamagedBackup where a byte is wrong, missing or too many
 */
export async function readBackup(
  source: AsyncIterable<Uint8Array>,
  take: (file: BackupFile) => Promise<FileTaker | null>,
): Promise<BackupSummary> {
  const hash = createHash("sha256");
  const reader = createByteReader(source, (bytes) => hash.update(bytes));
  await readHead(reader.exactly);
  const manifest = parseManifest(await readRecord(reader.exactly));
  const names: string[] = [];
  let blobs = 0;
  let previous = "";
  for (;;) {
    const record = await readRecord(reader.exactly);
    if ("end" in record) {
      checkEnd(record.end, { names, blobs });
      break;
    }
    const file = parseFile(record.file, previous);
    previous = file.name;
    const isBlob = BLOB.test(file.name);
    if (isBlob) blobs++;
    else names.push(file.name);
    await readContent(file, { pieces: reader.pieces(file.bytes), taker: await take(file) });
  }
  if (names.includes(RELAY_FILE) !== (manifest.relaySchema !== null)) throw new DamagedBackup();
  const sha256 = await readDigest(reader, hash);
  return { manifest, files: blobs + names.length, blobs, bytes: reader.taken(), sha256 };
}

type Exactly = (count: number) => Promise<Uint8Array>;

async function readHead(exactly: Exactly): Promise<void> {
  const head = await exactly(MAGIC.length + 2);
  if (!MAGIC.every((byte, i) => head[i] === byte)) throw new DamagedBackup("no-backup");
  const version = head[MAGIC.length]! << 8 | head[MAGIC.length + 1]!;
  if (version > FORMAT_VERSION) throw new NewerBackup(`format ${version}`);
  if (version !== FORMAT_VERSION) throw new DamagedBackup();
}

async function readRecord(exactly: Exactly): Promise<Record<string, unknown>> {
  const length = new DataView((await exactly(4)).slice().buffer).getUint32(0);
  if (length > MAX_RECORD_BYTES) throw new DamagedBackup();
  return membersOf(parseJson(await exactly(length)));
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new DamagedBackup("damaged", { cause });
  }
}

function membersOf(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new DamagedBackup();
  return value as Record<string, unknown>;
}

function parseManifest({ manifest }: Record<string, unknown>): BackupManifest {
  const { madeAtMs, version, server, registrySchema, relaySchema } = membersOf(manifest);
  const isRight = isCount(madeAtMs) && madeAtMs <= MAX_DATE_MS && isPlain(version) &&
    isCount(registrySchema) && (server === null || isPlain(server)) &&
    (relaySchema === null || isCount(relaySchema));
  if (!isRight) throw new DamagedBackup();
  return { madeAtMs, version, server, registrySchema, relaySchema };
}

/** Names grow, so that none comes twice, and nothing has to be remembered to know that. */
function parseFile(value: unknown, previous: string): BackupFile {
  const { name, bytes } = membersOf(value);
  if (typeof name !== "string" || !isCount(bytes) || name <= previous) throw new DamagedBackup();
  if (!BLOB.test(name) && name !== REGISTRY_FILE && name !== RELAY_FILE) throw new DamagedBackup();
  return { name, bytes };
}

function checkEnd(end: unknown, { names, blobs }: { names: string[]; blobs: number }): void {
  const { files } = membersOf(end);
  if (files !== names.length + blobs || !names.includes(REGISTRY_FILE)) throw new DamagedBackup();
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isPlain(value: unknown): value is string {
  return typeof value === "string" && PLAIN.test(value);
}

/** A blob is named by its SHA-256. */
async function readContent(
  { name }: BackupFile,
  { pieces, taker }: { pieces: AsyncIterable<Uint8Array>; taker: FileTaker | null },
): Promise<void> {
  const expected = BLOB.exec(name)?.[1];
  const hash = expected === undefined ? null : createHash("sha256");
  for await (const piece of pieces) {
    hash?.update(piece);
    await taker?.write(piece);
  }
  if (hash !== null && hash.digest("hex") !== expected) throw new DamagedBackup();
  await taker?.end();
}

async function readDigest(
  reader: ReturnType<typeof createByteReader>,
  hash: Hash,
): Promise<string> {
  const expected = hash.copy().digest("hex");
  const found = Buffer.from(await reader.exactly(DIGEST_BYTES)).toString("hex");
  if (found !== expected || !await reader.isAtEnd()) throw new DamagedBackup();
  return expected;
}
