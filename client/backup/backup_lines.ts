import { utf8ToBytes } from "../../protocol/bytes.ts";
import { type Argon2Parameters, chooseParameters, type DeriveKey } from "../session/argon2.ts";
import { UserError } from "../user_error.ts";
import { createChunkCipher, createChunkWriter, readChunks } from "./backup_chunks.ts";
import { encodeHeader, readHeader } from "./backup_header.ts";
import { deriveBackupKey } from "./backup_key.ts";

/** A message at its largest, with all that was ever done to it, is below this. */
const MAX_LINE_CHARS = 1024 * 1024;

interface PassphraseDeps {
  passphrase: string;
  deriveKey: DeriveKey;
}

/** Writes JSON values, a line each, into a file that a passphrase opens. */
export interface BackupWriter {
  write(value: unknown): Promise<void>;
  finish(): Promise<Blob>;
}

/** @param argon2 chosen for this device where it is not given */
export async function createBackupWriter(
  { passphrase, deriveKey, argon2 }: PassphraseDeps & { argon2?: Argon2Parameters },
): Promise<BackupWriter> {
  const parameters = argon2 ?? await chooseParameters(deriveKey);
  const { chunks, check } = await deriveBackupKey(parameters, { passphrase, deriveKey });
  const header = encodeHeader({ argon2: parameters }, check);
  const writer = createChunkWriter(header, await createChunkCipher(chunks, header));
  return {
    write: (value) => writer.write(utf8ToBytes(`${JSON.stringify(value)}\n`)),
    finish: () => writer.finish(),
  };
}

/** A backup that its passphrase has opened. */
export interface OpenBackup {
  /**
   * The values, in order; may be read more than once.
   *
   * @throws UserError `backup_damaged`
   */
  values(): AsyncGenerator<unknown>;
}

/** @throws UserError `not_a_backup`, `backup_newer`, `backup_damaged`, `backup_passphrase` */
export async function openBackup(file: Blob, deps: PassphraseDeps): Promise<OpenBackup> {
  const header = await readHeader(file);
  const { chunks, check } = await deriveBackupKey(header.argon2, deps);
  if (!check.every((byte, index) => header.check[index] === byte)) {
    throw new UserError("backup_passphrase");
  }
  const cipher = await createChunkCipher(chunks, header.bytes);
  return { values: () => parseLines(readChunks(file, { start: header.bytes.length, cipher })) };
}

async function* parseLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  try {
    for await (const chunk of chunks) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop()!;
      if (rest.length > MAX_LINE_CHARS) throw new RangeError("A line is too long.");
      for (const line of lines) yield JSON.parse(line);
    }
    if (decoder.decode() !== "" || rest !== "") throw new RangeError("The last line has no end.");
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError("backup_damaged", { cause });
  }
}
