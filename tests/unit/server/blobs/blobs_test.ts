import assert from "node:assert/strict";
import { join } from "node:path";
import { openBlobFiles } from "../../../../server/blobs/blob_files.ts";
import { createBlobIndex } from "../../../../server/blobs/blob_index.ts";
import { createBlobs } from "../../../../server/blobs/blobs.ts";

const DAY_MS = 86_400_000;
const OWNER = "0a".repeat(32);

async function openBlobs({ freeShare = 1, maxBytes = 1_000 } = {}) {
  const folder = await Deno.makeTempDir({ prefix: "blobs-test-" });
  const kv = await Deno.openKv(":memory:");
  const clock = { nowMs: 1_000_000, freeShare };
  const files = await openBlobFiles(folder);
  const index = createBlobIndex(kv);
  const limits = { maxBytes, quotaBytes: 3 * maxBytes };
  const blobs = createBlobs({
    files,
    index,
    limits,
    freeShare: () => Promise.resolve(clock.freeShare),
    nowMs: () => clock.nowMs,
    quotaBlobs: 100,
  });
  return {
    folder,
    files,
    index,
    blobs,
    clock,
    add: (text: string, pubkey = OWNER) =>
      blobs.upload({ pubkey, body: chunksOf(text), accept() {} }),
    async [Symbol.asyncDispose]() {
      kv.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  for (const character of text) yield await Promise.resolve(new TextEncoder().encode(character));
}

async function textOf(stream: ReadableStream | null): Promise<string> {
  return await new Response(stream).text();
}

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(join(folder, name)) : [name]
  );
}

Deno.test("an upload that breaks off leaves no file", async () => {
  await using kept = await openBlobs();
  async function* breaking() {
    yield* chunksOf("half");
    throw new Error("gone");
  }
  const upload = kept.blobs.upload({ pubkey: OWNER, body: breaking(), accept() {} });
  await assert.rejects(upload, /gone/);
  assert.deepEqual(filesIn(kept.folder), []);
});

Deno.test("an upload that is not accepted leaves no file", async () => {
  await using kept = await openBlobs();
  const accept = () => {
    throw new Error("not this one");
  };
  await assert.rejects(
    kept.blobs.upload({ pubkey: OWNER, body: chunksOf("whole"), accept }),
    /not this one/,
  );
  assert.deepEqual(filesIn(kept.folder), []);
  assert.equal(await kept.index.usage(OWNER), 0);
});

Deno.test("nothing is taken once the disk is nearly full", async () => {
  await using kept = await openBlobs({ freeShare: 0.049 });
  await assert.rejects(kept.add("x"), { code: "storage_full" });
  kept.clock.freeShare = 0.05;
  await kept.add("x");
});

Deno.test("uploads that fill the disk together end before it is full, and leave nothing", async () => {
  await using kept = await openBlobs({ maxBytes: 2 ** 25 });
  let sent = 0;
  async function* filling() {
    for (; sent < 2 ** 25; sent += 2 ** 18) {
      kept.clock.freeShare -= 0.01;
      yield await Promise.resolve(new Uint8Array(2 ** 18));
    }
  }
  const upload = kept.blobs.upload({ pubkey: OWNER, body: filling(), accept() {} });
  await assert.rejects(upload, { code: "storage_full" });
  assert.ok(kept.clock.freeShare > 0, String(kept.clock.freeShare));
  assert.deepEqual(filesIn(kept.folder), []);
});

Deno.test("what is on its way counts towards the quota, and not any more once it has ended", async () => {
  await using kept = await openBlobs();
  const going = Promise.withResolvers<void>();
  async function* stalling() {
    yield new Uint8Array(900);
    await going.promise;
  }
  const uploads = ["1", "2", "3"].map(() =>
    kept.blobs.upload({ pubkey: OWNER, body: stalling(), accept() {} })
  );
  const draftBytes = () =>
    filesIn(kept.folder).reduce(
      (sum, name) => sum + Deno.statSync(join(kept.folder, "drafts", name)).size,
      0,
    );
  while (draftBytes() < 2_700) await new Promise((resolve) => setTimeout(resolve));
  await assert.rejects(kept.add("x".repeat(400)), { code: "quota_exceeded" });
  await kept.add("x".repeat(400), "0b".repeat(32));
  const ended = Promise.all(uploads.map((upload) => assert.rejects(upload, /gone/)));
  going.reject(new Error("gone"));
  await ended;
  await kept.add("y".repeat(400));
});

Deno.test("the number of one owner's blobs is bounded, and a deletion makes room", async () => {
  await using kept = await openBlobs();
  const first = await kept.add("0");
  for (let n = 1; n < 100; n++) await kept.add(String(n));
  await assert.rejects(kept.add("one more"), { code: "quota_exceeded" });
  assert.equal(filesIn(kept.folder).length, 100);
  await kept.add("7");
  await kept.blobs.remove(first.sha256, OWNER);
  await kept.add("one more");
});

Deno.test("nobody takes away what belongs to somebody else alone", async () => {
  await using kept = await openBlobs();
  const { sha256 } = await kept.add("mine");
  await assert.rejects(kept.blobs.remove(sha256, "0b".repeat(32)), { code: "not_found" });
  assert.deepEqual(filesIn(kept.folder), [sha256]);
  assert.equal(await kept.index.usage(OWNER), 4);
});

Deno.test("what is uploaded again is wanted again", async () => {
  await using kept = await openBlobs();
  const { sha256 } = await kept.add("old, and new");
  kept.clock.nowMs += 31 * DAY_MS;
  assert.equal((await kept.add("old, and new")).isNew, false);
  const rules = { nowMs: kept.clock.nowMs, unusedMs: 30 * DAY_MS, isNamed: () => false };
  assert.equal(await kept.blobs.sweep(rules), 0);
  assert.deepEqual(filesIn(kept.folder), [sha256]);
});

Deno.test("a reader that goes away in the middle lets the file go", async () => {
  await using kept = await openBlobs();
  const { sha256, blob } = await kept.add("some text");
  const found = await kept.blobs.find(sha256);
  const stream = await kept.blobs.read(found!, { start: 0, end: blob.size });
  // The test itself finds a file that is left open.
  await stream!.cancel();
});

Deno.test("what nobody fetched for thirty days goes, but for what a profile names", async () => {
  await using kept = await openBlobs();
  const { sha256: face } = await kept.add("a face");
  const { sha256: wanted } = await kept.add("wanted");
  const { sha256: unwanted } = await kept.add("unwanted");
  kept.clock.nowMs += 20 * DAY_MS;
  const found = await kept.blobs.find(wanted);
  assert.equal(await textOf(await kept.blobs.read(found!, { start: 0, end: 6 })), "wanted");
  kept.clock.nowMs += 11 * DAY_MS;
  const isNamed = (sha256: string, owners: string[]) => sha256 === face && owners[0] === OWNER;
  const rules = { nowMs: kept.clock.nowMs, unusedMs: 30 * DAY_MS, isNamed };
  assert.equal(await kept.blobs.sweep(rules), 1);
  assert.deepEqual(filesIn(kept.folder).sort(), [face, wanted].sort());
  assert.equal(await kept.blobs.find(unwanted), null);
  assert.equal(await kept.index.usage(OWNER), "a face".length + "wanted".length);
});

Deno.test("files that a crash left without a record, and drafts, go", async () => {
  await using kept = await openBlobs();
  const { sha256 } = await kept.add("kept");
  const orphan = "00".repeat(32);
  Deno.mkdirSync(join(kept.folder, "00"), { recursive: true });
  Deno.writeTextFileSync(join(kept.folder, "00", orphan), "orphan");
  Deno.writeTextFileSync(join(kept.folder, "drafts", "half"), "half");
  await kept.files.removeDrafts();
  await kept.blobs.sweep({ nowMs: kept.clock.nowMs, unusedMs: DAY_MS, isNamed: () => false });
  assert.deepEqual(filesIn(kept.folder), [sha256]);
});

Deno.test("all blobs of somebody who is gone go, those that others have too stay", async () => {
  await using kept = await openBlobs();
  const other = "0b".repeat(32);
  await kept.add("alone");
  const { sha256: shared } = await kept.add("shared");
  await kept.add("shared", other);
  await kept.blobs.removeAllOf(OWNER);
  assert.deepEqual(filesIn(kept.folder), [shared]);
  assert.deepEqual(await kept.index.owners(shared), [other]);
  assert.equal(await kept.index.usage(OWNER), 0);
});

Deno.test("uploads, deletions and sweeps at the same time end with files and index alike", async () => {
  await using kept = await openBlobs();
  const tasks = Array.from({ length: 60 }, (_, i) => async () => {
    const pubkey = i % 2 === 0 ? OWNER : "0b".repeat(32);
    if (i % 5 === 4) {
      await kept.blobs.sweep({ nowMs: kept.clock.nowMs, unusedMs: DAY_MS, isNamed: () => false });
      return;
    }
    const { sha256 } = await kept.add(`blob ${i % 4}`, pubkey);
    if (i % 3 === 0) await kept.blobs.remove(sha256, pubkey).catch(ignoreMissing);
  });
  await Promise.all(tasks.map((task) => task()));
  const records = await Array.fromAsync(kept.index.all(), ([sha256]) => sha256);
  assert.deepEqual(filesIn(kept.folder).sort(), records.sort());
  for (const sha256 of records) assert.ok((await kept.index.owners(sha256)).length > 0);
});

function ignoreMissing(error: { code?: string }): void {
  assert.equal(error.code, "not_found");
}
