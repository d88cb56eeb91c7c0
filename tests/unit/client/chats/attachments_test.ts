import assert from "node:assert/strict";
import type { OutgoingFile } from "../../../../client/chats/model/file_model.ts";
import { isUserError, UserError } from "../../../../client/user_error.ts";
import { pictureHeads } from "../attachments/picture_heads.ts";
import { tells } from "../session/support.ts";
import { LETTER, newId, untilCount } from "./sent_files.ts";
import { acquainted, startWorld, untilChange, untilStatus, type World } from "./world.ts";

const PNG = pictureHeads.png({ width: 4, height: 3 });
const PICTURE: OutgoingFile = {
  blob: new Blob([PNG]),
  name: "harbour.png",
  mime: "image/png",
  width: 4,
  height: 3,
  thumbhash: "AAAA",
  caption: "at dusk",
};
async function untilStored({ blobs }: World, count: number): Promise<void> {
  while (blobs.stored.size !== count) await new Promise((resolve) => setTimeout(resolve));
}

const bytesOf = async (blob: Blob | null) => new Uint8Array(await blob!.arrayBuffer());

Deno.test("a picture is shown at once, leaves once it is uploaded, and arrives as it was, with acks", async () => {
  await using world = await startWorld();
  const { toBob, toAlice } = await acquainted(world);
  const gate = Promise.withResolvers<void>();
  world.blobs.gate = gate.promise;
  await toBob.sendFile(PICTURE, { id: newId() });
  await untilChange(toBob, { what: "progress", isSo: () => toBob.messages[0]?.upload === 0.5 });
  assert.equal(toBob.messages[0]!.status, "sending");
  assert.equal(toAlice.messages.length, 0);
  gate.resolve();
  await untilStatus(toBob, "delivered");
  assert.equal(toBob.messages[0]!.upload, undefined);
  const [arrived] = toAlice.messages;
  assert.equal(arrived!.text, "at dusk");
  assert.deepEqual(arrived!.file, {
    kind: "picture",
    name: "harbour.png",
    size: PNG.length,
    width: 4,
    height: 3,
    thumbhash: "AAAA",
    durationMs: null,
    waveform: null,
  });
  const file = await toAlice.openFile(arrived!.key);
  assert.equal(file!.type, "image/png");
  assert.deepEqual(await bytesOf(file), PNG);
});

Deno.test("several files arrive in their order", async () => {
  await using world = await startWorld();
  const { toBob, toAlice } = await acquainted(world);
  const names = ["1.txt", "2.txt", "3.txt"];
  for (const name of names) await toBob.sendFile({ ...LETTER, name }, { id: newId() });
  await untilCount(toAlice, 3);
  assert.deepEqual(toAlice.messages.map(({ file }) => file?.name), names);
  for (const { key } of toAlice.messages) await toAlice.openFile(key);
});

Deno.test("the server sees neither name nor type nor size", async () => {
  await using world = await startWorld();
  const { toBob } = await acquainted(world);
  await toBob.sendFile(LETTER, { id: newId() });
  await untilStatus(toBob, "delivered");
  const [blob] = world.blobs.stored.values();
  assert.equal(blob!.length, 1024 + 16);
  assert.ok(!new TextDecoder("latin1").decode(blob).includes("dear"));
});

Deno.test("a file is fetched once, then kept on the device, sealed", async () => {
  await using world = await startWorld();
  const { bob, toBob, toAlice } = await acquainted(world);
  await toBob.sendFile(LETTER, { id: newId() });
  await untilCount(toAlice, 1);
  const { key } = toAlice.messages[0]!;
  await Promise.all([toAlice.openFile(key), toAlice.openFile(key)]);
  world.blobs.isAway = true;
  const again = await bob.reload();
  const thread = await again.open("alice");
  const file = await thread.openFile(key);
  assert.equal(await file!.text(), "dear");
  assert.equal(file!.type, "application/octet-stream");
  assert.equal(world.blobs.fetched.length, 1);
});

Deno.test("a text that is written after a large file does not wait for it", async () => {
  await using world = await startWorld();
  const { toBob, toAlice } = await acquainted(world);
  const gate = Promise.withResolvers<void>();
  world.blobs.gate = gate.promise;
  await toBob.sendFile(LETTER, { id: newId() });
  await toBob.send("first");
  await untilCount(toAlice, 1);
  assert.equal(toAlice.messages[0]!.text, "first");
  gate.resolve();
  await untilCount(toAlice, 2);
});

Deno.test("an upload that fails offers Retry, and the retry goes through", async () => {
  await using world = await startWorld();
  const { toBob, toAlice } = await acquainted(world);
  world.blobs.isAway = true;
  await toBob.sendFile(LETTER, { id: newId() });
  await untilStatus(toBob, "failed");
  assert.equal(toBob.messages[0]!.failure, null);
  world.blobs.isAway = false;
  await toBob.retry(toBob.messages[0]!.key);
  await untilCount(toAlice, 1);
  assert.equal(await (await toAlice.openFile(toAlice.messages[0]!.key))!.text(), "dear");
});

Deno.test("what the server refuses is said in its words", async () => {
  await using world = await startWorld();
  const { toBob } = await acquainted(world);
  world.blobs.refusal = new UserError("upload_refused", { detail: "Your space is full." });
  await toBob.sendFile(LETTER, { id: newId() });
  await untilStatus(toBob, "failed");
  assert.equal(toBob.messages[0]!.failure, "Your space is full.");
  world.blobs.refusal = new UserError("quota_exceeded");
  await toBob.sendFile(LETTER, { id: newId() });
  await untilChange(toBob, { what: "words", isSo: () => !!toBob.messages[1]?.failure });
  assert.match(toBob.messages[1]!.failure!, /^Your space on the server is full/);
});

Deno.test("after a reload an upload goes on", async () => {
  await using world = await startWorld();
  const { alice, toBob, toAlice } = await acquainted(world);
  world.blobs.gate = new Promise(() => {});
  await toBob.sendFile(LETTER, { id: newId() });
  await untilChange(toBob, { what: "progress", isSo: () => toBob.messages[0]?.upload === 0.5 });
  world.blobs.gate = Promise.resolve();
  await alice.crash();
  await untilCount(toAlice, 1);
  assert.equal(await (await toAlice.openFile(toAlice.messages[0]!.key))!.text(), "dear");
});

Deno.test("a file that is taken back while it is uploaded never leaves, and nothing of it stays", async () => {
  await using world = await startWorld();
  const { alice, toBob, toAlice } = await acquainted(world);
  world.blobs.gate = new Promise(() => {});
  await toBob.sendFile(LETTER, { id: newId() });
  await untilChange(toBob, { what: "progress", isSo: () => toBob.messages[0]?.upload === 0.5 });
  const { key } = toBob.messages[0]!;
  await toBob.deleteMessage(key, { isForAll: false });
  assert.equal(await toBob.openFile(key), null);
  world.blobs.gate = Promise.resolve();
  const again = await alice.reload();
  await (await again.open("bob")).send("only this");
  await untilCount(toAlice, 1);
  assert.equal(toAlice.messages[0]!.text, "only this");
  assert.equal(world.blobs.stored.size, 0);
});

Deno.test("a file whose message was cleaned up while it could not be uploaded is let go", async () => {
  await using world = await startWorld();
  const { alice, toBob, toAlice } = await acquainted(world);
  world.blobs.isAway = true;
  await toBob.sendFile(LETTER, { id: newId() });
  await untilStatus(toBob, "failed");
  await alice.chats.deleteOlder(Date.now() + 1_000);
  world.blobs.isAway = false;
  const again = await alice.reload();
  await (await again.open("bob")).send("only this");
  await untilCount(toAlice, 1);
  assert.equal(toAlice.messages[0]!.text, "only this");
  assert.equal(world.blobs.stored.size, 0);
  assert.deepEqual(again.faults, []);
});

Deno.test("another file in its place is not shown, nor one that is gone", async () => {
  await using world = await startWorld();
  const { toBob, toAlice } = await acquainted(world);
  await toBob.sendFile(LETTER, { id: newId() });
  await untilCount(toAlice, 1);
  const { key } = toAlice.messages[0]!;
  const [sha256, blob] = [...world.blobs.stored][0]!;
  const lie = blob.slice();
  lie[0]! ^= 1;
  for (const wrong of [lie, new Uint8Array(2_000), new Uint8Array(3)]) {
    world.blobs.stored.set(sha256, wrong);
    await assert.rejects(toAlice.openFile(key), tells("file_damaged"));
  }
  world.blobs.stored.delete(sha256);
  await assert.rejects(toAlice.openFile(key), tells("file_gone"));
  world.blobs.stored.set(sha256, blob);
  assert.equal(await (await toAlice.openFile(key))!.text(), "dear");
});

Deno.test("of a stranger's message no file is fetched before it is accepted", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  const bob = await world.device(world.person("bob"));
  const toBob = await alice.open(await alice.chats.startChat("bob"));
  await toBob.sendFile(PICTURE, { id: newId() });
  await bob.until(
    "a request",
    ({ conversations }) =>
      conversations.some(({ state, peer }) => state === "request" && peer === "alice"),
  );
  const request = await bob.open("alice");
  await assert.rejects(request.openFile(request.messages[0]!.key), tells("file_gone"));
  assert.deepEqual(world.blobs.fetched, []);
  await bob.chats.accept("alice");
  assert.deepEqual(await bytesOf(await request.openFile(request.messages[0]!.key)), PNG);
});

Deno.test("a file that is too large is refused before anything is shown or uploaded", async () => {
  await using world = await startWorld();
  const { toBob } = await acquainted(world);
  const huge = { ...LETTER, blob: new Blob([new Uint8Array(25 * 2 ** 20 + 1)]) };
  await assert.rejects(
    toBob.sendFile(huge, { id: newId() }),
    (error) => isUserError(error, "file_too_large") && error.detail === String(25 * 2 ** 20),
  );
  world.blobs.maxBytes = () => Promise.resolve(2_000);
  const large = { ...LETTER, blob: new Blob([new Uint8Array(1_900)]) };
  await assert.rejects(
    toBob.sendFile(large, { id: newId() }),
    (error) => isUserError(error, "file_too_large") && error.detail === "1792",
  );
  assert.equal(toBob.messages.length, 0);
});

Deno.test("a file answers, is answered, is deleted for all with what was kept of it", async () => {
  await using world = await startWorld();
  const { bob, toBob, toAlice } = await acquainted(world);
  await toBob.send("which one?");
  await toBob.sendFile(LETTER, { id: newId(), replyTo: toBob.messages[0]!.key });
  await untilCount(toAlice, 2);
  assert.equal(toAlice.messages[1]!.quote?.line, "which one?");
  await toAlice.send("this one", { replyTo: toAlice.messages[1]!.key });
  assert.deepEqual(
    [toAlice.messages[2]!.quote?.line, toAlice.messages[2]!.quote?.file],
    ["letter.txt", "file"],
  );
  await toBob.sendFile(PICTURE, { id: newId() });
  await untilCount(toAlice, 4);
  await toAlice.send("and this", { replyTo: toAlice.messages[3]!.key });
  assert.equal(toAlice.messages[4]!.quote?.thumbhash, PICTURE.thumbhash);
  await toAlice.openFile(toAlice.messages[1]!.key);
  await toBob.deleteMessage(toBob.messages[1]!.key, { isForAll: true });
  await untilChange(toAlice, {
    what: "deletion",
    isSo: () => toAlice.messages[1]!.kind === "deleted",
  });
  await assert.rejects(toAlice.openFile(toAlice.messages[1]!.key), tells("file_gone"));
  assert.equal(bob.faults.length, 0);
});

Deno.test("a file that is deleted for everyone is not left at the server, nor one that is forgotten on this device alone lost", async () => {
  await using world = await startWorld();
  const { alice, toBob, toAlice } = await acquainted(world);
  for (const name of ["a.txt", "b.txt"]) await toBob.sendFile({ ...LETTER, name }, { id: newId() });
  await untilCount(toAlice, 2);
  await untilStatus(toBob, "delivered");
  const [first, second] = toBob.messages.map(({ key }) => key);
  await toBob.deleteMessage(first!, { isForAll: false });
  await toAlice.openFile(toAlice.messages[0]!.key);
  assert.equal(world.blobs.stored.size, 2);
  await toBob.deleteMessage(second!, { isForAll: true });
  await untilStored(world, 1);
  assert.deepEqual(alice.faults, []);
});

Deno.test("what could not be removed from the server is removed after the next start; a stranger's and a contact's file never is", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  await toAlice.sendFile(LETTER, { id: newId() });
  // One after the other: which one is stored first tells whose it is.
  await untilCount(toBob, 1);
  await toBob.sendFile(LETTER, { id: newId() });
  await untilStatus(toBob, "delivered");
  const [theirs, own] = [...world.blobs.stored.keys()];
  world.blobs.isAway = true;
  await toBob.deleteMessage(toBob.messages[0]!.key, { isForAll: true });
  await toBob.deleteMessage(toBob.messages[1]!.key, { isForAll: true });
  assert.ok(world.blobs.stored.has(own!));
  world.blobs.isAway = false;
  await alice.reload();
  await untilStored(world, 1);
  assert.ok(world.blobs.stored.has(theirs!));
  assert.deepEqual([...alice.faults, ...bob.faults], []);
});

Deno.test("a file that disappears takes what was kept of it along", async () => {
  await using world = await startWorld();
  const { alice, toBob, toAlice } = await acquainted(world);
  await alice.chats.changeConversation("bob", { timerS: 1 });
  await toBob.sendFile(LETTER, { id: newId() });
  await untilCount(toAlice, 1);
  const { key, expiresInS } = toAlice.messages[0]!;
  assert.equal(expiresInS, 1);
  await toAlice.openFile(key);
  await toAlice.markRead();
  await untilCount(toAlice, 0);
  assert.equal(await toAlice.openFile(key), null);
});

Deno.test("a file is forwarded as a new one, with another key at the own server", async () => {
  await using world = await startWorld();
  const { bob, alice, toBob, toAlice } = await acquainted(world);
  await toBob.sendFile(PICTURE, { id: newId() });
  await untilCount(toAlice, 1);
  const note = await bob.open("bob");
  const { key } = toAlice.messages[0]!;
  const wish = { primary: alice.person.primary, key, id: newId() };
  await bob.chats.forward("bob", wish);
  await bob.chats.forward("bob", wish);
  await untilChange(note, { what: "the copy", isSo: () => note.messages[0]?.status === "sent" });
  assert.equal(note.messages.length, 1);
  assert.equal(note.messages[0]!.text, "at dusk");
  assert.equal(world.blobs.stored.size, 2);
  assert.deepEqual(await bytesOf(await note.openFile(note.messages[0]!.key)), PNG);
});

Deno.test("a file that is shown before it is on disk can be opened, asked about and forwarded", async () => {
  await using world = await startWorld();
  const { bob, alice, toBob } = await acquainted(world);
  const note = await alice.open("alice");
  const sending = toBob.sendFile(PICTURE, { id: newId() });
  await untilCount(toBob, 1);
  const { key } = toBob.messages[0]!;
  const [file, details] = await Promise.all([
    toBob.openFile(key),
    toBob.details(key),
    alice.chats.forward("alice", { primary: bob.person.primary, key, id: newId() }),
  ]);
  assert.deepEqual(await bytesOf(file), PNG);
  assert.equal(details?.status, "sending");
  await sending;
  await untilCount(note, 1);
});

Deno.test("the other device of the sender has the file too", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob } = await acquainted(world);
  const second = await world.device(alice.person);
  await toBob.sendFile(LETTER, { id: newId() });
  await second.until(
    "the copy",
    ({ conversations }) => conversations.some(({ preview }) => preview === "letter.txt"),
  );
  const thread = await second.open(bob.person.primary);
  assert.equal(await (await thread.openFile(thread.messages[0]!.key))!.text(), "dear");
});

Deno.test("a search finds captions and names, and the list says what it is", async () => {
  await using world = await startWorld();
  const { alice, toBob } = await acquainted(world);
  await toBob.sendFile(PICTURE, { id: newId() });
  await alice.chats.searchMessages({ text: "dusk" });
  await alice.until("all to be searched", ({ searchRevision }) => searchRevision > 0);
  for (const text of ["dusk", "harbour"]) {
    const { hits } = await alice.chats.searchMessages({ text });
    assert.equal(hits.length, 1, text);
  }
  const row = alice.chats.conversations.find(({ peer }) => peer === "bob")!;
  assert.deepEqual([row.lastFile, row.preview], ["picture", "at dusk"]);
});

Deno.test("how loud a voice message is arrives with it, and goes along where it is forwarded", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  const voice = { blob: new Blob(["OggS"]), name: "voice.ogg", mime: "audio/ogg" };
  await toBob.sendFile({ ...voice, durationMs: 2_500, waveform: "AP-A" }, { id: newId() });
  await untilCount(toAlice, 1);
  const { file, key } = toAlice.messages[0]!;
  assert.deepEqual([file?.kind, file?.durationMs, file?.waveform], ["voice", 2_500, "AP-A"]);
  const note = await bob.open("bob");
  await bob.chats.forward("bob", { primary: alice.person.primary, key, id: newId() });
  await untilCount(note, 1);
  assert.equal(note.messages[0]!.file?.waveform, "AP-A");
});
