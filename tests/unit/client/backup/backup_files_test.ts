import assert from "node:assert/strict";
import { createFileJoiner, partsOf } from "../../../../client/backup/file_parts.ts";
import type { MessageRecord } from "../../../../client/storage/chat_records.ts";
import { isUserError } from "../../../../client/user_error.ts";
import { attachmentKey, sealAttachment } from "../../../../protocol/attachment_cipher.ts";
import { bob, conversationOf, emptyShelf, messageOf, type Shelf } from "./support.ts";

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, at) => at % 251);

/** A message that brings a file, as its sender sealed it. */
async function fileMessage(
  number: number,
  file: Uint8Array,
  changes: Partial<MessageRecord> = {},
): Promise<MessageRecord> {
  const key = attachmentKey(new Uint8Array(44).fill(number), file.length);
  const { sha256 } = await sealAttachment(file, key);
  const url = `https://kez.test/${sha256}`;
  const said = { url, sha256, ...key, name: "a.bin", mime: "" };
  return messageOf(number, { body: { kind: "attachment", ...said }, ...changes });
}

async function keep(shelf: Shelf, { id }: MessageRecord, bytes: Uint8Array): Promise<void> {
  const { ledger } = shelf;
  await ledger.write(() => ledger.commit([{ put: "file", from: bob, id, bytes, cachedAtMs: 1 }]));
}

const damaged = (error: unknown) => isUserError(error, "backup_damaged");

Deno.test("a backup brings the files of messages too, of whatever size", async () => {
  using here = await emptyShelf();
  using there = await emptyShelf();
  await here.putConversation(conversationOf());
  const files = [0, 1, 512 * 1024, 1_500_000].map(bytesOf);
  const messages = await Promise.all(files.map((file, at) => fileMessage(at + 1, file)));
  const absent = await fileMessage(9, bytesOf(5));
  await here.put(...messages, absent);
  for (const [at, message] of messages.entries()) await keep(here, message, files[at]!);
  const backup = await here.save();
  assert.equal((await there.restore(backup)).messages, 5);
  for (const [at, message] of messages.entries()) {
    assert.deepEqual(await there.ledger.storage.file(message), files[at]);
  }
  assert.equal(await there.ledger.storage.file(absent), null);
  assert.equal((await there.restore(backup)).messages, 0);
});

Deno.test("files come to a device that has their messages alone, and none to one where these were deleted", async () => {
  using here = await emptyShelf();
  using there = await emptyShelf();
  await here.putConversation(conversationOf());
  await there.putConversation(conversationOf());
  const [one, two] = [await fileMessage(1, bytesOf(10)), await fileMessage(2, bytesOf(20))];
  await here.put(one, two);
  await keep(here, one, bytesOf(10));
  await keep(here, two, bytesOf(20));
  await there.put(one, { ...two, body: { kind: "deleted" }, deletedAtMs: 5 });
  await there.restore(await here.save());
  assert.deepEqual(await there.ledger.storage.file(one), bytesOf(10));
  assert.equal(await there.ledger.storage.file(two), null);
});

Deno.test("other bytes than those that a message names do not become its file", async () => {
  using here = await emptyShelf();
  using there = await emptyShelf();
  await here.putConversation(conversationOf());
  const [one, two] = [await fileMessage(1, bytesOf(10)), await fileMessage(2, bytesOf(20))];
  await here.put(one, two);
  await keep(here, one, bytesOf(10).reverse());
  await keep(here, two, bytesOf(21));
  assert.equal((await there.restore(await here.save())).messages, 2);
  assert.equal(await there.ledger.storage.file(one), null);
  assert.equal(await there.ledger.storage.file(two), null);
});

Deno.test("the file of a message that has not left stays with the device that sends it", async () => {
  using here = await emptyShelf();
  await here.putConversation(conversationOf());
  const waiting = await fileMessage(1, bytesOf(200_000), { status: "sending" });
  await here.put(waiting);
  await keep(here, waiting, bytesOf(200_000));
  assert.ok((await here.save()).size < 100_000);
});

Deno.test("parts of different files do not make one, nor do parts without an end", () => {
  const [first, last] = [...partsOf({ from: bob, id: "a", bytes: bytesOf(600_000) })];
  assert.deepEqual([first!.isLast, last!.isLast], [false, true]);
  assert.throws(() => {
    const joiner = createFileJoiner();
    joiner.add(first!);
    joiner.add({ ...last!, id: "b" });
  }, damaged);
  const joiner = createFileJoiner();
  assert.equal(joiner.add(first!), null);
  assert.throws(() => joiner.expectWhole(), damaged);
  assert.deepEqual(joiner.add(last!)!.bytes, bytesOf(600_000));
  joiner.expectWhole();
  assert.throws(() => joiner.add({ ...last!, bytes: "*" }), damaged);
});
