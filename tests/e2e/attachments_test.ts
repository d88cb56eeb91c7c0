import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { startBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import {
  createAccount,
  createPeople,
  introduce,
  message,
  openChat,
  openThreadAgain,
  startChat,
} from "./actions.ts";
import {
  assertPhoto,
  attach,
  BLOB_PATH,
  bytesOf,
  LETTER,
  own,
  photo,
  pixels,
  SECRET,
  sendChosen,
  theirs,
} from "./attachment_actions.ts";

Deno.test("a photo arrives and is shown as it was, without what the camera wrote into it", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  await alice.getByRole("button", { name: "Attach" }).click();
  await alice.getByRole("menuitem", { name: "File", exact: true }).waitFor();
  await inspectScreen(alice, "attach-menu");
  await alice.keyboard.press("Escape");
  await attach(alice, await photo(alice));
  await alice.getByRole("dialog").getByRole("img", { name: "harbour.jpg" }).waitFor();
  await inspectScreen(alice, "attach-dialog");
  await sendChosen(alice, "at dusk");
  await own(alice).getByRole("img", { name: /^(Delivered|Read)$/ }).waitFor();
  await message(bob, "at dusk").waitFor();
  assertPhoto(await pixels(bob, /harbour/));
  assertPhoto(await pixels(alice, /harbour/));
  await inspectScreen(bob, "picture");
  await theirs(bob).getByRole("button", { name: "View photo" }).click();
  const gallery = bob.getByRole("dialog", { name: "Photos" });
  await gallery.getByRole("img").waitFor();
  const saving = bob.waitForEvent("download");
  await gallery.getByRole("button", { name: "Save" }).click();
  const saved = await saving;
  assert.equal(saved.suggestedFilename(), "harbour.jpg");
  const bytes = Buffer.from(await bytesOf(saved));
  assert.ok(bytes.length > 1_000 && !bytes.includes(SECRET) && !bytes.includes("Exif"));
});

Deno.test("a photo leaves without what the camera wrote into it whatever it is called", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const alice = await browser.newPage({ baseUrl: server.url });
  await createAccount(alice, { url: server.url, handle: "alice" });
  await openChat(alice, "Note to self");
  const { buffer } = await photo(alice);
  for (const [name, mimeType] of [["moving.gif", "image/gif"], ["IMG_0001", ""]] as const) {
    await attach(alice, { name, mimeType, buffer }, { item: "File" });
    await sendChosen(alice);
    await own(alice).getByRole("button", { name: "View photo" }).click();
    const gallery = alice.getByRole("dialog", { name: "Photos" });
    const saving = alice.waitForEvent("download");
    await gallery.getByRole("button", { name: "Save" }).click();
    const bytes = Buffer.from(await bytesOf(await saving));
    assert.ok(bytes.length > 1_000 && !bytes.includes(SECRET) && !bytes.includes("Exif"), name);
    await alice.keyboard.press("Escape");
    await gallery.waitFor({ state: "detached" });
  }
});

Deno.test("a photo that is larger than a screen is sent smaller, in its own shape", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  const base64 = await alice.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [3_000, 1_500];
    return canvas.toDataURL("image/jpeg").split(",")[1]!;
  });
  const buffer = Buffer.from(base64, "base64");
  await attach(alice, { name: "wide.jpg", mimeType: "image/jpeg", buffer });
  await sendChosen(alice);
  const image = bob.getByRole("img", { name: "wide.jpg" });
  await image.waitFor();
  const size = await image.evaluate(async (element) => {
    const img = element as HTMLImageElement;
    await img.decode();
    return [img.naturalWidth, img.naturalHeight];
  });
  assert.deepEqual(size, [2_048, 1_024]);
});

Deno.test("the gallery goes from photo to photo by keys and gives the focus back", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  await attach(alice, [await photo(alice, "one.jpg"), await photo(alice, "two.jpg")]);
  await alice.getByRole("dialog", { name: "Send 2 photos" }).getByRole("img", { name: "two.jpg" })
    .waitFor();
  await sendChosen(alice);
  await bob.getByRole("img", { name: "one.jpg" }).waitFor();
  await bob.getByRole("img", { name: "two.jpg" }).waitFor();
  const opener = theirs(bob).getByRole("button", { name: "View photo" });
  await opener.click();
  const gallery = bob.getByRole("dialog", { name: "Photos" });
  await gallery.getByText("2 of 2").waitFor();
  await gallery.getByRole("img", { name: "two.jpg" }).waitFor();
  await inspectScreen(bob, "gallery");
  await bob.keyboard.press("ArrowLeft");
  await gallery.getByText("1 of 2").waitFor();
  await gallery.getByRole("img", { name: "one.jpg" }).waitFor();
  await gallery.getByRole("button", { name: "Next photo" }).click();
  await gallery.getByText("2 of 2").waitFor();
  await bob.keyboard.press("ArrowLeft");
  await gallery.getByText("1 of 2").waitFor();
  await bob.keyboard.press("Escape");
  await gallery.waitFor({ state: "detached" });
  await opener.and(bob.locator(":focus")).waitFor();
});

Deno.test("a file is saved byte for byte, and is never opened by the browser", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  const fetched: string[] = [];
  bob.on("request", (request) => BLOB_PATH.test(request.url()) && fetched.push(request.url()));
  await attach(alice, LETTER, { item: "File" });
  await sendChosen(alice);
  await theirs(bob).getByText("letter to bob.pdf").waitFor();
  await inspectScreen(bob, "file-card");
  assert.deepEqual(fetched, [], "a file is not fetched before it is wanted");
  const saving = bob.waitForEvent("download");
  await theirs(bob).getByRole("button", { name: "Save letter to bob.pdf" }).click();
  const saved = await saving;
  assert.equal(saved.suggestedFilename(), "letter to bob.pdf");
  assert.deepEqual(Buffer.from(await bytesOf(saved)), LETTER.buffer);
});

Deno.test("a picture that moves arrives as it is, in its own shape", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  const base64 =
    "R0lGODlhAgABAIAAAAAAAP///yH5BAAKAAAALAAAAAACAAEAAAICBAoAIfkEAAoAAAAsAAAAAAIAAQAAAgIMCgA7";
  const wave = { name: "wave.gif", mimeType: "image/gif", buffer: Buffer.from(base64, "base64") };
  await attach(alice, wave);
  await alice.getByRole("dialog").getByRole("img", { name: "wave.gif" }).waitFor();
  await sendChosen(alice);
  await bob.getByRole("img", { name: "wave.gif" }).waitFor();
  await theirs(bob).getByRole("button", { name: "View photo" }).click();
  const gallery = bob.getByRole("dialog", { name: "Photos" });
  await gallery.getByRole("img").waitFor();
  const saving = bob.waitForEvent("download");
  await gallery.getByRole("button", { name: "Save" }).click();
  assert.deepEqual(Buffer.from(await bytesOf(await saving)), wave.buffer);
});

Deno.test("another tab sends and shows photos as the first one does", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  const second = await alice.context().newPage();
  await second.goto(alice.url());
  await openThreadAgain(second, "bob");
  await attach(second, await photo(second));
  await sendChosen(second, "from the second tab");
  assertPhoto(await pixels(second, /harbour/));
  assertPhoto(await pixels(alice, /harbour/));
  assertPhoto(await pixels(bob, /harbour/));
});

Deno.test("on a phone the camera is one of the ways, and a finger walks the gallery", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  await attach(alice, [await photo(alice, "one.jpg"), await photo(alice, "two.jpg")]);
  await sendChosen(alice);
  await bob.getByRole("img", { name: "two.jpg" }).waitFor();
  const phone = await browser.newPage({
    baseUrl: server.url,
    size: "phone",
    context: { hasTouch: true, isMobile: true },
  });
  await createAccount(phone, { url: server.url, handle: "carol" });
  await startChat(phone, "bob");
  await phone.getByRole("button", { name: "Attach" }).tap();
  await phone.getByRole("menuitem", { name: "Camera" }).waitFor();
  await bob.getByRole("button", { name: "View photo" }).last().click();
  const gallery = bob.getByRole("dialog", { name: "Photos" });
  await gallery.getByText("2 of 2").waitFor();
  const stage = await gallery.getByRole("img", { name: "two.jpg" }).boundingBox();
  const y = stage!.y + stage!.height / 2;
  await bob.mouse.move(stage!.x + 50, y);
  await bob.mouse.down();
  await bob.mouse.move(stage!.x + 250, y, { steps: 4 });
  await bob.mouse.up();
  await gallery.getByText("1 of 2").waitFor();
  await bob.mouse.move(stage!.x + 100, y);
  await bob.mouse.down();
  await bob.mouse.move(stage!.x + 110, y + 150, { steps: 4 });
  await bob.mouse.up();
  await gallery.waitFor({ state: "detached" });
});

Deno.test("the photo of a stranger is not fetched before they are accepted", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await createPeople({ server, browser }, ["alice", "bob"]);
  const fetched: string[] = [];
  bob.on("request", (request) => BLOB_PATH.test(request.url()) && fetched.push(request.url()));
  await startChat(alice, "bob");
  await attach(alice, await photo(alice));
  await sendChosen(alice);
  await bob.getByRole("navigation", { name: "Conversations" }).getByRole("link", { name: "alice" })
    .click();
  await theirs(bob).getByText("It loads once you accept.").waitFor();
  await inspectScreen(bob, "picture-request");
  assert.deepEqual(fetched, []);
  await bob.getByRole("button", { name: "Accept" }).click();
  assertPhoto(await pixels(bob, /harbour/));
  assert.equal(fetched.length, 1);
});

Deno.test("files are dropped onto the thread, and pasted", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  const transfer = await alice.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(["dropped words"], "dropped.txt", { type: "text/plain" }));
    return data;
  });
  const log = alice.getByRole("log");
  await log.dispatchEvent("dragover", { dataTransfer: transfer });
  await alice.getByText("Drop files here to send them.").waitFor();
  await inspectScreen(alice, "drop");
  await log.dispatchEvent("drop", { dataTransfer: transfer });
  await sendChosen(alice);
  await bob.getByRole("button", { name: "Save dropped.txt" }).waitFor();
  await alice.getByRole("textbox", { name: "Message" }).evaluate((field) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File(["pasted words"], "pasted.txt", { type: "text/plain" }));
    field.dispatchEvent(
      new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }),
    );
  });
  await alice.getByRole("textbox", { name: "Caption" }).and(alice.locator(":focus")).waitFor();
  await alice.keyboard.type("see this");
  await alice.getByRole("dialog").getByRole("button", { name: "Send", disabled: false }).waitFor();
  await alice.keyboard.press("Enter");
  await alice.getByRole("textbox", { name: "Message" }).and(alice.locator(":focus")).waitFor();
  await bob.getByRole("button", { name: "Save pasted.txt" }).waitFor();
  await message(bob, "see this").waitFor();
});
