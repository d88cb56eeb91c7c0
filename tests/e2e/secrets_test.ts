import assert from "node:assert/strict";
import { bytesToHex } from "../../protocol/bytes.ts";
import { deriveSessionSecrets } from "../../protocol/session_secrets.ts";
import { startBrowser } from "../support/browser.ts";
import { startKezChat } from "../support/server.ts";
import { dumpStorage } from "../support/storage_dump.ts";
import { addAuthenticator } from "../support/virtual_authenticator.ts";
import {
  connected,
  createAccount,
  lock,
  openChat,
  PASSPHRASE,
  revealPhrase,
  sendForKeeps,
} from "./actions.ts";
import { button } from "./controls.ts";

/** How the secrets of a phrase may be spelt. */
async function spellings(words: string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = { passphrase: PASSPHRASE };
  // One word alone may stand anywhere; two beside each other are no accident.
  words.slice(1).forEach((word, index) => {
    const both = `${words[index]} ${word}`;
    found[`words ${index + 1} and ${index + 2}`] = both;
    found[`words ${index + 1} and ${index + 2}, a list`] = `"${words[index]}","${word}"`;
  });
  const secrets = await deriveSessionSecrets(words.join(" "));
  for (const [name, secret] of Object.entries(secrets) as [string, Uint8Array][]) {
    const base64 = Buffer.from(secret).toString("base64").replace(/=+$/, "");
    found[`${name}, hex`] = bytesToHex(secret);
    found[`${name}, base64`] = base64;
    found[`${name}, base64url`] = base64.replaceAll("+", "-").replaceAll("/", "_");
    found[`${name}, numbers`] = [...secret].join(",");
  }
  return found;
}

Deno.test("no phrase, passphrase or secret is in what the browser keeps, in an address or in the console", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const page = await browser.newPage({ baseUrl: server.url });
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("framenavigated", (frame) => said.push(frame.url()));
  const requested: string[] = [];
  page.on("request", (request) => requested.push(request.url(), request.postData() ?? ""));
  await addAuthenticator(page);
  await createAccount(page, { url: server.url, handle: "alice" });
  const words = await revealPhrase(page, "Show recovery phrase");
  const needles = await spellings(words);
  const dumps: [when: string, dump: string][] = [];
  const take = async (when: string) => void dumps.push([when, await dumpStorage(page)]);
  await take("while the phrase is shown");

  await page.keyboard.press("Escape");
  await openChat(page, "Note to self");
  await sendForKeeps(page, "a word to nobody");
  await take("with a message");
  await page.goto("/settings");
  await button(page, "Set up biometrics").click();
  await page.getByRole("switch", { name: "Ask for biometrics at start" }).waitFor();
  await take("with biometrics");
  await lock(page);
  await take("locked");
  await button(page, "Unlock with biometrics").click();
  await connected(page);
  await take("open again");

  for (const [when, dump] of dumps) {
    assert.match(dump, /kez-chat\/vault/, "the dump has seen the vault");
    assert.doesNotMatch(dump, /extractable=true/);
    for (const [what, needle] of Object.entries(needles)) {
      assert.ok(!dump.includes(needle), `${what} is kept ${when}`);
    }
    assert.ok(!dump.includes("a word to nobody"), `the message stands open ${when}`);
  }
  // The dump does find what is there.
  const { primary } = await (await fetch(`${server.url}/v1/u/alice`)).json();
  assert.ok(dumps[0]![1].includes(primary));
  const talk = [...said, ...requested, server.logs].join("\n");
  for (const [what, needle] of Object.entries(needles)) {
    assert.ok(!talk.includes(needle), `${what} was said or sent`);
  }
});
