import assert from "node:assert/strict";
import { startBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import { createAccount } from "./actions.ts";
import { button } from "./controls.ts";

Deno.test("an account is deleted by typing its handle: nobody finds it, and the device is empty", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await page.goto("/settings");
  await button(page, "Delete account").click();
  const dialog = page.getByRole("dialog", { name: "Delete this account?" });
  const field = dialog.getByRole("textbox", { name: "Type alice to go on" });
  const submit = dialog.getByRole("button", { name: "Delete account" });
  await inspectScreen(page, "delete-account");
  await field.fill("alcie");
  await submit.click();
  await dialog.getByText("This is not your handle.").waitFor();

  await field.fill("alice");
  await page.context().setOffline(true);
  await submit.click();
  await dialog.getByText("No connection to the server.").waitFor();
  await page.context().setOffline(false);
  await submit.click();
  await button(page, "Create account").waitFor();
  await page.getByText(/^alice@.* is deleted\.$/).waitFor();
  assert.equal((await fetch(`${server.url}/v1/u/alice`)).status, 404);
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);
  await page.reload();
  await button(page, "Create account").waitFor();

  // Nobody else gets the handle.
  await button(page, "Create account").click();
  await page.getByRole("textbox", { name: "Handle" }).fill("alice");
  await button(page, "Continue").click();
  await page.getByRole("textbox", { name: "Passphrase", exact: true }).fill(
    "correct horse battery",
  );
  await page.getByRole("textbox", { name: "Repeat passphrase" }).fill("correct horse battery");
  await button(page, "Create account").click();
  await page.getByText("This handle is taken.").waitFor();
});
