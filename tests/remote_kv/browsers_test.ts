import assert from "node:assert/strict";
import { createAccount, expectStatus, message, send, startChat } from "../e2e/actions.ts";
import { startBrowser } from "../support/browser.ts";
import { findDenokv } from "./denokv.ts";
import { startServers } from "./servers.ts";

const MAX_PEOPLE = 20;

Deno.test({
  name: "the app of whoever is at another relay than the one that serves it chats like any other",
  ignore: findDenokv() === null,
  async fn() {
    await using stack = await startServers(2);
    const { url, relayUrl } = stack.servers[0]!;
    await using browser = await startBrowser();
    const newPerson = async (handle: string) => {
      const page = await browser.newPage({ baseUrl: url });
      await createAccount(page, { url, handle });
      const entry = await (await fetch(`${url}/v1/u/${handle}`)).json();
      return { page, handle, isElsewhere: entry.relays[0] !== relayUrl };
    };
    const bob = await newPerson("bob");
    let alice = await newPerson("alice0");
    for (let i = 1; !alice.isElsewhere; i++) {
      assert.ok(i < MAX_PEOPLE, "nobody is at the other relay");
      await alice.page.close();
      alice = await newPerson(`alice${i}`);
    }
    await startChat(bob.page, alice.handle);
    await startChat(alice.page, "bob");
    await send(bob.page, "to the other relay");
    await expectStatus(bob.page, { text: "to the other relay", status: "Delivered" });
    // The app asks again at each start whose relay it is, and stays where it was.
    await alice.page.reload();
    await message(alice.page, "to the other relay").waitFor();
    await send(alice.page, "and back");
    await message(bob.page, "and back").waitFor();
    await expectStatus(alice.page, { text: "and back", status: "Delivered" });
  },
});
