import assert from "node:assert/strict";
import { addrOf } from "../../../../protocol/addr.ts";
import { createNonces } from "../../../../server/registry/nonces.ts";
import { createRegistry } from "../../../../server/registry/registry.ts";
import { readServerName } from "../../../../server/registry/store.ts";
import {
  hexNonce,
  makeAccount,
  registrationOf,
  resigned,
  START_MS,
} from "../../../http/support.ts";

const open = (kv: Deno.Kv, server = "kez.lat") =>
  createRegistry({ kv, server, relayUrl: () => "wss://kez.lat/relay", nowMs: () => START_MS });

Deno.test("handles and members are there after a restart, released ones are not", async () => {
  const path = await Deno.makeTempFile();
  const [alice, bob, carol] = [makeAccount(), makeAccount(), makeAccount()];
  const before = await (async () => {
    using kv = await Deno.openKv(path);
    const registry = await open(kv);
    for (const [account, handle] of [[alice, "alice"], [bob, "bob"]] as const) {
      await registry.register(registrationOf(account, { handle }));
    }
    const silent = resigned(registrationOf(carol, { handle: "carol" }), {
      account: carol,
      members: { nostr: undefined },
    });
    await registry.register(silent);
    const by = { primary: bob.primary, nonce: hexNonce(), createdAtMs: START_MS };
    await registry.release("bob", by);
    return await registry.lookUp("alice");
  })();
  using kv = await Deno.openKv(path);
  const { members, lookUp } = await open(kv);
  assert.deepEqual(await lookUp("alice"), before);
  assert.equal(await lookUp("bob"), null);
  assert.equal(members.nostrKeyOf(addrOf(alice.primary)), alice.nostr);
  assert.equal(members.isMemberKey(alice.nostr), true);
  assert.equal(members.isAddr(addrOf(bob.primary)), false);
  assert.equal(members.isAddr(addrOf(carol.primary)), true);
  assert.equal(members.nostrKeyOf(addrOf(carol.primary)), null);
  kv.close();
  await Deno.remove(path);
});

Deno.test("the server's name is stored with the first registration", async () => {
  using kv = await Deno.openKv(":memory:");
  const registry = await open(kv);
  assert.equal(await readServerName(kv), null);
  await registry.register(registrationOf(makeAccount(), { handle: "alice" }));
  assert.equal(await readServerName(kv), "kez.lat");
  const renamed = await open(kv, "other.example");
  const registration = registrationOf(makeAccount(), { handle: "bob" });
  await assert.rejects(renamed.register(registration), /server of another name/);
  assert.equal(await readServerName(kv), "kez.lat");
});

Deno.test("two processes on one storage hand out a name once", async () => {
  using kv = await Deno.openKv(":memory:");
  const registries = [await open(kv), await open(kv)] as const;
  const results = await Promise.allSettled(
    Array.from(
      { length: 20 },
      (_, i) =>
        registries[i % 2 === 0 ? 0 : 1].register(
          registrationOf(makeAccount(), { handle: "alice" }),
        ),
    ),
  );
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
});

Deno.test("the largest registration fits into storage, in whatever alphabet", async () => {
  using kv = await Deno.openKv(":memory:");
  const registry = await open(kv);
  const account = makeAccount();
  const registration = resigned(registrationOf(account, { handle: "alice" }), {
    account,
    members: { note: "ö".repeat(3_600), ["k".repeat(100)]: Array(100).fill(1) },
  });
  await registry.register(registration);
  assert.deepEqual((await registry.lookUp("alice"))?.record.registration, registration);
});

Deno.test("a listener that has ended hears of no release", async () => {
  using kv = await Deno.openKv(":memory:");
  const registry = await open(kv);
  const account = makeAccount();
  await registry.register(registrationOf(account, { handle: "alice" }));
  let heard = 0;
  registry.onReleased(() => heard++)();
  const by = { primary: account.primary, nonce: hexNonce(), createdAtMs: START_MS };
  await registry.release("alice", by);
  assert.equal(heard, 0);
});

Deno.test("a nonce is taken once by each primary, however many ask at once", async () => {
  using kv = await Deno.openKv(":memory:");
  const nonces = createNonces(kv);
  const [a, b] = [makeAccount().primary, makeAccount().primary];
  const nonce = hexNonce();
  const answers = await Promise.all(Array.from({ length: 20 }, () => nonces.use(a, nonce)));
  assert.equal(answers.filter(Boolean).length, 1);
  assert.equal(await nonces.use(b, nonce), true);
  assert.equal(await nonces.use(a, hexNonce()), true);
});
