import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Route } from "playwright-core";
import { startBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import { introduce, kept, message, openThreadAgain, send } from "./actions.ts";
import {
  assertPhoto,
  attach,
  BLOB_PATH,
  LETTER,
  own,
  photo,
  pixels,
  sendChosen,
  theirs,
} from "./attachment_actions.ts";

Deno.test("what calls itself a photo and is none is a file", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
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
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
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
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
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
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
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
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const { alice, bob } = await introduce({ server, browser });
  await kept(alice);
  await server.kill();
  await attach(alice, LETTER, { item: "File" });
  await sendChosen(alice);
  await own(alice).getByRole("button", { name: "Retry" }).waitFor();
  await server.restart();
  await own(alice).getByRole("img", { name: /^(Delivered|Read)$/ }).waitFor({ timeout: 60_000 });
  await theirs(bob).getByText("letter to bob.pdf").waitFor();
});

Deno.test("a file that is too large is told before anything is uploaded", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice } = await introduce({ server, browser });
  let uploads = 0;
  alice.on("request", (request) => request.url().endsWith("/upload") && uploads++);
  // Made in the page: so much takes long to get there.
  const huge = await alice.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(25 * 2 ** 20 + 1)], "film.mkv"));
    return data;
  });
  const log = alice.getByRole("log");
  await log.dispatchEvent("dragover", { dataTransfer: huge });
  await alice.getByText("Drop files here to send them.").waitFor();
  await log.dispatchEvent("drop", { dataTransfer: huge });
  const dialog = alice.getByRole("dialog");
  await dialog.getByText("A file can have 25 MB at most. Choose a smaller one.").waitFor();
  assert.ok(await dialog.getByRole("button", { name: "Send" }).isDisabled());
  await inspectScreen(alice, "file-too-large");
  assert.equal(uploads, 0);
});

Deno.test("a server that gives other bytes is found out; the right ones come by Retry", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
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
  await theirs(bob).getByRole("button", { name: "Retry" }).focus();
  await bob.keyboard.press("Enter");
  assertPhoto(await pixels(bob, /harbour/));
  const view = theirs(bob).getByRole("button", { name: "View photo" });
  assert.ok(await view.evaluate((button) => button === document.activeElement));
});

Deno.test("a server that leads elsewhere, sends too little, or too much, is told apart from one that keeps it no more", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  const headers = { "Access-Control-Allow-Origin": "*", "Content-Type": "text/html" };
  const damaged = "What came is not the file that was sent. It is not shown.";
  const away = "No connection to the server. Check your network, then try again.";
  const lies: [words: string, answer: (body: Buffer) => Parameters<Route["fulfill"]>[0]][] = [
    [damaged, (body) => ({ headers, body: body.subarray(1) })],
    [damaged, (body) => ({ headers, body: Buffer.concat([body, body]) })],
    [away, () => ({ status: 302, headers: { ...headers, Location: "/v1/healthz" } })],
    ["This file is not kept any more. Ask for it again.", () => ({ status: 404, headers })],
  ];
  let tell = lies[0]![1];
  let followed = 0;
  bob.on("request", (request) => request.url().endsWith("/v1/healthz") && followed++);
  await bob.route(BLOB_PATH, async (route) => {
    const body = Buffer.from(await (await route.fetch()).body());
    await route.fulfill(tell(body));
  });
  await attach(alice, await photo(alice));
  await sendChosen(alice);
  const retry = theirs(bob).getByRole("button", { name: "Retry" });
  for (const [at, [words, answer]] of lies.entries()) {
    tell = answer;
    if (at > 0) await retry.click();
    await theirs(bob).getByText(words).waitFor();
    assert.equal(await bob.getByRole("img", { name: /harbour/ }).count(), 0);
  }
  assert.equal(followed, 0);
  // The right bytes are right, whatever they are called.
  tell = (body) => ({ headers, body });
  await retry.click();
  assertPhoto(await pixels(bob, /harbour/));
});
