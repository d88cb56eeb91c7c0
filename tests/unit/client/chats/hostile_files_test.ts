import assert from "node:assert/strict";
import { attachmentKey, sealAttachment } from "../../../../protocol/attachment_cipher.ts";
import type { AttachmentBody } from "../../../../protocol/message_body.ts";
import { pictureHeads } from "../attachments/picture_heads.ts";
import { tells } from "../session/support.ts";
import { craftMessage, publish, seal } from "./hostile.ts";
import { acquainted, startWorld, untilChange, type World } from "./world.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

/** A body for a file that lies at the server, as a client of one's own making says it. */
async function bodyOf(
  world: World,
  file: Uint8Array,
  lies: Partial<AttachmentBody>,
): Promise<AttachmentBody> {
  const key = attachmentKey(randomBytes(44), file.length);
  const { bytes, sha256 } = await sealAttachment(file, key);
  world.blobs.stored.set(sha256, bytes);
  const url = world.blobs.urlOf(sha256);
  return { kind: "attachment", url, sha256, ...key, name: "a.png", mime: "image/png", ...lies };
}

/** Alice, an accepted contact, sends Bob bodies of her own making; gives what Bob's thread shows of those that are taken. */
async function sendCrafted(world: World, bodies: ((world: World) => Promise<AttachmentBody>)[]) {
  const { alice, bob, toAlice } = await acquainted(world);
  for (const body of bodies) {
    const document = craftMessage(alice.person, { to: bob.person, body: await body(world) });
    await publish(world, await seal(document, { reader: bob.person }));
  }
  const last = craftMessage(alice.person, { to: bob.person, text: "that was all" });
  await publish(world, await seal(last, { reader: bob.person }));
  await untilChange(toAlice, {
    what: "the last message",
    isSo: () => toAlice.messages.some(({ text }) => text === "that was all"),
  });
  assert.deepEqual(bob.faults, []);
  return { toAlice, shown: toAlice.messages.filter(({ file }) => file) };
}

const PAGE = new TextEncoder().encode("<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>");

Deno.test("pages and drawings that call themselves photos are opaque, and their names are harmless", async () => {
  await using world = await startWorld();
  const { toAlice, shown } = await sendCrafted(world, [
    (it) => bodyOf(it, PAGE, { mime: "text/html", name: "../../start.html" }),
    (it) => bodyOf(it, PAGE, { mime: "image/svg+xml", name: "invoice\u202efdp.svg" }),
    (it) => bodyOf(it, PAGE, { mime: "image/png", name: `photo.png${" ".repeat(200)}.exe` }),
    (it) => bodyOf(it, PAGE, { mime: "audio/webm", duration_ms: Number.MAX_SAFE_INTEGER }),
  ]);
  assert.deepEqual(shown.map(({ file }) => file!.kind), ["file", "file", "picture", "file"]);
  assert.deepEqual(
    shown.map(({ file }) => file!.name),
    ["_.._start.html", "invoice_fdp.svg", "photo.png .exe", "a.png"],
  );
  for (const { key } of shown) {
    assert.equal((await toAlice.openFile(key))!.type, "application/octet-stream");
  }
});

Deno.test("a photo that would unfold to more than the memory holds is not given out as one", async () => {
  await using world = await startWorld();
  const bomb = pictureHeads.png({ width: 60_000, height: 60_000 });
  const { toAlice, shown } = await sendCrafted(world, [
    (it) => bodyOf(it, bomb, { width: 10, height: 10 }),
  ]);
  assert.equal((await toAlice.openFile(shown[0]!.key))!.type, "application/octet-stream");
});

Deno.test("a size that is too large is not fetched, one that is not true is found out", async () => {
  await using world = await startWorld();
  const { toAlice, shown } = await sendCrafted(world, [
    (it) => bodyOf(it, PAGE, { size: 2 ** 40 }),
    (it) => bodyOf(it, PAGE, { size: PAGE.length - 1 }),
    (it) => bodyOf(it, PAGE, { size: 5_000 }),
  ]);
  await assert.rejects(toAlice.openFile(shown[0]!.key), tells("file_too_large"));
  assert.deepEqual(world.blobs.fetched, []);
  await assert.rejects(toAlice.openFile(shown[1]!.key), tells("file_damaged"));
  await assert.rejects(toAlice.openFile(shown[2]!.key), tells("file_damaged"));
});
