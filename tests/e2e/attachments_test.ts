import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Download, Page } from "playwright-core";
import { startBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import {
  createAccount,
  createPeople,
  introduce,
  message,
  openThreadAgain,
  send,
  startChat,
} from "./actions.ts";

const BLOB_PATH = /\/[0-9a-f]{64}$/;
/** Stands where a camera writes the place. */
const SECRET = "GPS 47.3769 8.5417";

interface TestFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

const LETTER: TestFile = {
  name: "letter to bob.pdf",
  mimeType: "application/pdf",
  buffer: Buffer.from(crypto.getRandomValues(new Uint8Array(5_000))),
};

/** A photo of 600 × 400, red on the left and blue on the right, with what a camera writes into it. */
async function photo(page: Page, name = "harbour.jpg"): Promise<TestFile> {
  const base64 = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [600, 400];
    const context = canvas.getContext("2d")!;
    context.fillStyle = "rgb(220, 30, 30)";
    context.fillRect(0, 0, 300, 400);
    context.fillStyle = "rgb(30, 30, 220)";
    context.fillRect(300, 0, 300, 400);
    return canvas.toDataURL("image/jpeg", 0.95).split(",")[1]!;
  });
  const jpeg = Buffer.from(base64, "base64");
  const exif = Buffer.from(`Exif\0\0${SECRET}`, "latin1");
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, exif.length + 2]);
  return { name, mimeType: "image/jpeg", buffer: Buffer.concat([head, exif, jpeg.subarray(2)]) };
}

/** Chooses files in the menu of the composer, up to the dialog that sends them. */
async function attach(
  page: Page,
  files: TestFile | TestFile[],
  { item = "Photo or video" } = {},
): Promise<void> {
  await page.getByRole("button", { name: "Attach" }).click();
  const choosing = page.waitForEvent("filechooser");
  await page.getByRole("menuitem", { name: item }).click();
  await (await choosing).setFiles(files);
  await page.getByRole("dialog").waitFor();
}

async function sendChosen(page: Page, caption = ""): Promise<void> {
  const dialog = page.getByRole("dialog");
  if (caption !== "") await dialog.getByRole("textbox", { name: "Caption" }).fill(caption);
  await dialog.getByRole("button", { name: "Send" }).click();
  await dialog.waitFor({ state: "detached" });
}

const own = (page: Page) => page.getByRole("log").getByRole("article", { name: /^You/ }).last();
const theirs = (page: Page) => page.getByRole("log").getByRole("article").last();

/** The colours of a shown picture, a quarter from either side. */
async function pixels(page: Page, name: RegExp): Promise<{ left: number[]; right: number[] }> {
  const image = page.getByRole("img", { name }).last();
  await image.waitFor();
  return await image.evaluate(async (element) => {
    const img = element as HTMLImageElement;
    await img.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [img.naturalWidth, img.naturalHeight];
    const context = canvas.getContext("2d")!;
    context.drawImage(img, 0, 0);
    const at = (x: number) => [...context.getImageData(x, canvas.height / 2, 1, 1).data];
    return { left: at(canvas.width / 4), right: at((canvas.width * 3) / 4) };
  });
}

function assertPhoto({ left, right }: { left: number[]; right: number[] }): void {
  assert.ok(left[0]! > 180 && left[2]! < 80, `left is red: ${left}`);
  assert.ok(right[2]! > 180 && right[0]! < 80, `right is blue: ${right}`);
}

async function bytesOf(download: Download): Promise<Uint8Array> {
  return await Deno.readFile((await download.path())!);
}

Deno.test("a photo arrives and is shown as it was, without what the camera wrote into it", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
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

Deno.test("the gallery goes from photo to photo by keys and gives the focus back", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const { alice, bob } = await introduce({ server, browser });
  await attach(alice, [await photo(alice, "one.jpg"), await photo(alice, "two.jpg")]);
  await alice.getByRole("dialog", { name: "Send 2 files" }).getByRole("img", { name: "two.jpg" })
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
  await bob.keyboard.press("Escape");
  await gallery.waitFor({ state: "detached" });
  await opener.and(bob.locator(":focus")).waitFor();
});

Deno.test("a file is saved byte for byte, and is never opened by the browser", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
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

Deno.test("what calls itself a photo and is none is a file", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const { alice, bob } = await introduce({ server, browser });
  const page = Buffer.from(
    "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
  );
  await attach(alice, [
    { name: "a.svg", mimeType: "image/svg+xml", buffer: page },
    { name: "b.gif", mimeType: "image/gif", buffer: page },
  ]);
  await sendChosen(alice);
  await bob.getByRole("button", { name: "Save a.svg" }).waitFor();
  await bob.getByRole("button", { name: "Save b.gif" }).waitFor();
  assert.equal(await bob.getByRole("button", { name: "View photo" }).count(), 0);
});

Deno.test("an upload that breaks off says so, and Retry sends it; another one is cancelled", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const { alice, bob } = await introduce({ server, browser });
  await alice.route("**/upload", (route) => route.abort());
  await attach(alice, LETTER, { item: "File" });
  await sendChosen(alice);
  await own(alice).getByRole("button", { name: "Retry" }).waitFor();
  await inspectScreen(alice, "upload-failed");
  await alice.unroute("**/upload");
  await own(alice).getByRole("button", { name: "Retry" }).click();
  const held = Promise.withResolvers<void>();
  await own(alice).getByRole("img", { name: /^(Delivered|Read)$/ }).waitFor();
  await theirs(bob).getByText("letter to bob.pdf").waitFor();

  await alice.route("**/upload", async (route) => {
    await held.promise;
    await route.abort().catch(() => undefined);
  });
  await attach(alice, { ...LETTER, name: "regret.pdf" }, { item: "File" });
  await sendChosen(alice);
  const ring = own(alice).getByRole("button", { name: "Cancel upload" });
  await ring.waitFor();
  await inspectScreen(alice, "uploading");
  await ring.click();
  await alice.getByRole("log").getByText("regret.pdf").waitFor({ state: "detached" });
  held.resolve();
  await alice.unroute("**/upload");
  await send(alice, "nothing else");
  await message(bob, "nothing else").waitFor();
  assert.equal(await bob.getByText("regret.pdf").count(), 0);
});

Deno.test("a full space at the server is said; what is deleted for everyone goes there too, and makes room", async () => {
  await using server = await startKezChat({ flags: ["--quota", "6KiB", "--blob-max", "6KiB"] });
  await using browser = await startBrowser();
  const { alice, bob } = await introduce({ server, browser });
  await attach(alice, LETTER, { item: "File" });
  await sendChosen(alice);
  await own(alice).getByRole("img", { name: /^(Delivered|Read)$/ }).waitFor();
  await attach(alice, { ...LETTER, name: "second.pdf" }, { item: "File" });
  await sendChosen(alice);
  await own(alice).getByText(/^Not sent: Your space on the server is full/).waitFor();
  await inspectScreen(alice, "space-full");
  const removed = alice.waitForResponse((answer) => answer.request().method() === "DELETE");
  const first = alice.getByRole("article").filter({ hasText: "letter to bob.pdf" });
  await first.hover();
  await first.getByRole("button", { name: "Message actions" }).click();
  await alice.getByRole("menuitem", { name: "Delete" }).click();
  await alice.getByRole("button", { name: "Delete for everyone" }).click();
  assert.equal((await removed).status(), 204);
  await own(alice).getByRole("button", { name: "Retry" }).click();
  await own(alice).getByRole("img", { name: /^(Delivered|Read)$/ }).waitFor();
  await bob.getByRole("button", { name: "Save second.pdf" }).waitFor();
});

Deno.test("an upload goes on after a reload, once the server takes it", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const { alice, bob } = await introduce({ server, browser });
  await alice.route("**/upload", (route) => route.abort());
  await attach(alice, LETTER, { item: "File" });
  await sendChosen(alice);
  await own(alice).getByRole("button", { name: "Retry" }).waitFor();
  await alice.unroute("**/upload");
  await alice.reload();
  await openThreadAgain(alice, "bob");
  await own(alice).getByRole("img", { name: /^(Delivered|Read)$/ }).waitFor();
  await theirs(bob).getByText("letter to bob.pdf").waitFor();
});

Deno.test("what is sent while the server is dead shows at once, and leaves when it is back", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const { alice, bob } = await introduce({ server, browser });
  await server.kill();
  await attach(alice, LETTER, { item: "File" });
  await sendChosen(alice);
  await own(alice).getByRole("button", { name: "Retry" }).waitFor();
  await server.restart();
  await own(alice).getByRole("img", { name: /^(Delivered|Read)$/ }).waitFor({ timeout: 60_000 });
  await theirs(bob).getByText("letter to bob.pdf").waitFor();
});

Deno.test("another tab sends and shows photos as the first one does", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
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
  await using browser = await startBrowser();
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
});

Deno.test("a file that is too large is told before anything is uploaded", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const { alice } = await introduce({ server, browser });
  let uploads = 0;
  alice.on("request", (request) => request.url().endsWith("/upload") && uploads++);
  const huge = { name: "film.mkv", mimeType: "", buffer: Buffer.alloc(25 * 2 ** 20 + 1) };
  await attach(alice, huge, { item: "File" });
  const dialog = alice.getByRole("dialog");
  await dialog.getByText("A file can have 25 MB at most. Choose a smaller one.").waitFor();
  assert.ok(await dialog.getByRole("button", { name: "Send" }).isDisabled());
  await inspectScreen(alice, "file-too-large");
  assert.equal(uploads, 0);
});

Deno.test("a server that gives other bytes is found out; the right ones come by Retry", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const { alice, bob } = await introduce({ server, browser });
  await bob.route(BLOB_PATH, async (route) => {
    const body = Buffer.from(await (await route.fetch()).body());
    body[9]! ^= 1;
    await route.fulfill({ body, headers: { "Access-Control-Allow-Origin": "*" } });
  });
  await attach(alice, await photo(alice));
  await sendChosen(alice);
  await theirs(bob).getByText("What came is not the file that was sent. It is not shown.")
    .waitFor();
  assert.equal(await bob.getByRole("img", { name: /harbour/ }).count(), 0);
  await inspectScreen(bob, "picture-damaged");
  await bob.unroute(BLOB_PATH);
  await theirs(bob).getByRole("button", { name: "Retry" }).click();
  assertPhoto(await pixels(bob, /harbour/));
});

Deno.test("the photo of a stranger is not fetched before they are accepted", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
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
  await using browser = await startBrowser();
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
  await sendChosen(alice, "see this");
  await bob.getByRole("button", { name: "Save pasted.txt" }).waitFor();
  await message(bob, "see this").waitFor();
});
