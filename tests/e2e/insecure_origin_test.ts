import assert from "node:assert/strict";
import { startBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";

/** A name that no browser takes for the machine itself; requests for it go to the test's server. */
const INSECURE = "http://chat.example";

Deno.test("over plain http from elsewhere there is one page that explains and gives three cures", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  // Said by Chromium about any such page.
  browser.allow(/Cross-Origin-Opener-Policy header has been ignored/);
  const page = await browser.newPage({ baseUrl: INSECURE });
  await page.route(`${INSECURE}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    await route.fulfill({ response: await route.fetch({ url: server.url + pathname }) });
  });
  for (const path of ["/", "/chats", "/create"]) {
    await page.goto(path);
    await page.getByRole("heading", { name: "This address is not secure" }).waitFor();
    assert.equal(await page.evaluate(() => isSecureContext), false);
    assert.equal(await page.getByRole("main").getByRole("listitem").count(), 3);
    assert.equal(await page.getByRole("button").count(), 0);
  }
  await inspectScreen(page, "insecure-origin");
});
