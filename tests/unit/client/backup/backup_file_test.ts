import assert from "node:assert/strict";
import vectors from "../../../vectors/backup.json" with { type: "json" };
import { bytesToHex, decodeHex } from "../../../../protocol/bytes.ts";
import { CHUNK_BYTES } from "../../../../client/backup/backup_chunks.ts";
import { createBackupWriter, openBackup } from "../../../../client/backup/backup_lines.ts";
import { isUserError, type UserErrorCode } from "../../../../client/user_error.ts";
import { argon2id } from "hash-wasm";
import type { DeriveKey } from "../../../../client/session/argon2.ts";
import { ARGON2, deriveKey, PASSPHRASE } from "./support.ts";

async function write(values: unknown[]): Promise<Uint8Array<ArrayBuffer>> {
  const writer = await createBackupWriter({ passphrase: PASSPHRASE, deriveKey, argon2: ARGON2 });
  for (const value of values) await writer.write(value);
  return new Uint8Array(await (await writer.finish()).arrayBuffer());
}

async function read(bytes: Uint8Array<ArrayBuffer>, passphrase = PASSPHRASE): Promise<unknown[]> {
  const backup = await openBackup(new Blob([bytes]), { passphrase, deriveKey });
  return await Array.fromAsync(backup.values());
}

async function refuses(bytes: Uint8Array<ArrayBuffer>, code: UserErrorCode): Promise<void> {
  await assert.rejects(read(bytes), (error) => isUserError(error, code));
}

const HEADER_BYTES = 16 + 2 + 4 + '{"argon2":{"iterations":1,"memoryKib":64,"salt":""}}'.length +
  22 + 16;

Deno.test("what is written is read again, however it falls into chunks", async () => {
  const lengths = [0, 1, CHUNK_BYTES - 4, CHUNK_BYTES - 3, CHUNK_BYTES - 2, 3 * CHUNK_BYTES];
  for (const length of lengths) {
    const values = ["a".repeat(length), { é: "👋" }, length];
    assert.deepEqual(await read(await write(values)), values, `${length}`);
  }
  const exact = ["x".repeat(CHUNK_BYTES - 3)];
  assert.equal((await write(exact)).length, HEADER_BYTES + CHUNK_BYTES + 16);
  assert.deepEqual(await read(await write(exact)), exact);
  assert.deepEqual(await read(await write([])), []);
});

Deno.test("a wrong passphrase, another file and a newer version are told apart", async () => {
  const bytes = await write([1]);
  await assert.rejects(read(bytes, "wrong"), (error) => isUserError(error, "backup_passphrase"));
  await refuses(new TextEncoder().encode("%PDF-1.7 something else entirely"), "not_a_backup");
  await refuses(new Uint8Array(), "not_a_backup");
  await refuses(bytes.slice(0, 16), "backup_damaged");
  await refuses(bytes.slice(0, 40), "backup_damaged");
  const newer = bytes.slice();
  newer[17] = 2;
  await refuses(newer, "backup_newer");
});

Deno.test("a header that asks for more than any device should do is not obeyed", async () => {
  const bytes = await write([1]);
  const text = new TextDecoder("latin1").decode(bytes);
  const greedy = text.replace('"memoryKib":64', '"memoryKib":99');
  const latin1 = (binary: string) => Uint8Array.from(binary, (each) => each.charCodeAt(0));
  await refuses(latin1(greedy.replace('"iterations":1', '"iterations":0')), "backup_damaged");
  const huge = latin1(text);
  new DataView(huge.buffer).setUint32(18, 0xffff_ffff);
  await refuses(huge, "backup_damaged");
});

Deno.test("no byte can be changed, and no chunk left out, moved, added or cut off unnoticed", async () => {
  const bytes = await write(["a".repeat(2 * CHUNK_BYTES + 100)]);
  const step = CHUNK_BYTES + 16;
  const chunk = (index: number) =>
    bytes.subarray(HEADER_BYTES + index * step, HEADER_BYTES + (index + 1) * step);
  const joined = (...parts: Uint8Array[]) =>
    new Uint8Array([...bytes.subarray(0, HEADER_BYTES), ...parts.flatMap((part) => [...part])]);
  assert.deepEqual(joined(chunk(0), chunk(1), chunk(2)), bytes);
  await refuses(joined(chunk(0), chunk(1)), "backup_damaged");
  await refuses(joined(chunk(0), chunk(2)), "backup_damaged");
  await refuses(joined(chunk(1), chunk(0), chunk(2)), "backup_damaged");
  await refuses(joined(chunk(0), chunk(1), chunk(2), chunk(2)), "backup_damaged");
  await refuses(joined(chunk(0), chunk(1), chunk(2).subarray(0, 50)), "backup_damaged");
  await refuses(joined(), "backup_damaged");
  for (const at of [HEADER_BYTES, HEADER_BYTES + step + 7, bytes.length - 1]) {
    const changed = bytes.slice();
    changed[at]! ^= 1;
    await refuses(changed, "backup_damaged");
  }
});

const argon2: DeriveKey = async ({ passphrase, salt, memoryKib, iterations }) => {
  const options = { salt, memorySize: memoryKib, iterations, parallelism: 1, hashLength: 32 };
  const key = await argon2id({ password: passphrase, ...options, outputType: "binary" });
  return { key: new Uint8Array(key), elapsedMs: 1 };
};

Deno.test("files that another program made by docs/backup.md are read, or refused for the right reason", async () => {
  for (const { name, passphrase, file, values, fails } of vectors.cases) {
    const bytes = decodeHex(file)!;
    const reading = async () => {
      const backup = await openBackup(new Blob([bytes]), { passphrase, deriveKey: argon2 });
      return await Array.fromAsync(backup.values());
    };
    if (values) assert.deepEqual(await reading(), values, name);
    else await assert.rejects(reading(), (error) => isUserError(error, fails as never), name);
  }
});

Deno.test("the same values make, byte for byte, the same file where the salt is the same", async () => {
  const { passphrase, values, file } = vectors.cases[0]!;
  const writer = await createBackupWriter({ passphrase, deriveKey: argon2, argon2: ARGON2 });
  for (const value of values!) await writer.write(value);
  const bytes = new Uint8Array(await (await writer.finish()).arrayBuffer());
  assert.equal(bytesToHex(bytes), file);
});
