import assert from "node:assert/strict";
import { LETTER, newId, untilCount } from "./sent_files.ts";
import { acquainted, startWorld, untilChange, type World } from "./world.ts";

async function untilFetched({ blobs }: World, count: number): Promise<void> {
  while (blobs.fetched.length < count) await new Promise((resolve) => setTimeout(resolve));
}

Deno.test("a download that takes a while tells how far it is; cancelled, it ends for all who wait, and may begin again", async () => {
  await using world = await startWorld();
  const { toBob, toAlice } = await acquainted(world);
  for (let n = 1; n <= 4; n++) await toBob.sendFile(LETTER, { id: newId() });
  await untilCount(toAlice, 4);
  const keys = toAlice.messages.map(({ key }) => key);
  const gate = Promise.withResolvers<void>();
  world.blobs.fetchGate = gate.promise;
  const again = toAlice.openFile(keys[0]!);
  const opening = keys.slice(0, 3).map((key) => toAlice.openFile(key));
  await untilFetched(world, 3);
  opening.push(toAlice.openFile(keys[3]!));
  const shares = () => toAlice.messages.map(({ download }) => download);
  await untilChange(toAlice, {
    what: "progress of three, and one that waits for its turn",
    isSo: () => shares().join() === "0.5,0.5,0.5,0",
  });
  await toAlice.cancelDownload(keys[3]!);
  await toAlice.cancelDownload(keys[0]!);
  assert.deepEqual([await opening[0], await again, await opening[3]], [null, null, null]);
  assert.deepEqual(shares(), [undefined, 0.5, 0.5, undefined]);
  assert.equal(world.blobs.fetched.length, 3);
  gate.resolve();
  const opened = [opening[1]!, opening[2]!, toAlice.openFile(keys[0]!)];
  for (const file of await Promise.all(opened)) assert.equal(await file!.text(), "dear");
  assert.deepEqual(shares(), [undefined, undefined, undefined, undefined]);
});

Deno.test("of one contact three files are fetched at a time: a host that dawdles holds up no other contact", async () => {
  await using world = await startWorld();
  const { alice, toBob, toAlice } = await acquainted(world);
  for (let n = 1; n <= 5; n++) await toBob.sendFile(LETTER, { id: newId() });
  await untilCount(toAlice, 5);
  const dawdling = Promise.withResolvers<void>();
  const { fetch } = world.blobs;
  world.blobs.fetch = async (url, options) => {
    const fetched = fetch(url, options);
    await dawdling.promise;
    return await fetched;
  };
  const opening = toAlice.messages.map(({ key }) => toAlice.openFile(key));
  await untilFetched(world, 3);
  world.blobs.fetch = fetch;
  const note = await alice.open("alice");
  await note.sendFile(LETTER, { id: newId() });
  assert.equal(await (await note.openFile(note.messages[0]!.key))!.text(), "dear");
  assert.equal(world.blobs.fetched.length, 3, "the others wait for their turn");
  dawdling.resolve();
  for (const file of await Promise.all(opening)) assert.equal(await file!.text(), "dear");
  assert.equal(world.blobs.fetched.length, 5);
});
