import assert from "node:assert/strict";
import { isUserError, UserError } from "../../../../client/user_error.ts";
import { entryHash } from "../../../../protocol/sigchain_entry.ts";
import { claimPlan, fakeDevice, fakeServer } from "./support.ts";
import { createRandom, fuzzSeeds } from "../../../support/random.ts";

const subjects = (chain: { claims: readonly { subject: string }[] }) =>
  chain.claims.map(({ subject }) => subject);

Deno.test("a chain begins with what it is first needed for", async () => {
  const server = fakeServer();
  const device = fakeDevice(server);
  const { chain } = await device.append(claimPlan("example.com"));
  assert.deepEqual(server.entries.map(({ payload }) => payload.op), ["genesis", "claim.add"]);
  assert.deepEqual(subjects(chain), ["example.com"]);
  assert.equal(device.disk?.publishedLength, 2);
});

Deno.test("what the plan finds done is not done again", async () => {
  const server = fakeServer();
  const device = fakeDevice(server);
  await device.append(claimPlan("example.com"));
  await device.append(claimPlan("example.com"));
  assert.equal(server.entries.length, 2);
});

Deno.test("where another device comes first, the entry is signed again behind it", async () => {
  const server = fakeServer();
  const [one, two] = [fakeDevice(server), fakeDevice(server)];
  await one.append(claimPlan("first.example"));
  let isTwoThere = false;
  server.before = async ({ payload }) => {
    if (isTwoThere || payload.seq !== 2) return;
    isTwoThere = true;
    await two.append(claimPlan("two.example"));
  };
  const { chain } = await one.append(claimPlan("one.example"));
  assert.deepEqual(subjects(chain), ["first.example", "two.example", "one.example"]);
});

Deno.test("an answer that was lost leads to no second entry", async () => {
  const server = fakeServer();
  const device = fakeDevice(server);
  await device.append(claimPlan("first.example"));
  server.after = () => {
    throw new UserError("no_network");
  };
  await assert.rejects(
    device.append(claimPlan("example.com")),
    (error) => isUserError(error, "no_network"),
  );
  server.after = () => {};
  const { chain } = await device.append(claimPlan("example.com"));
  assert.deepEqual(subjects(chain), ["first.example", "example.com"]);
  assert.equal(server.entries.length, 3);
});

Deno.test("what never arrived leaves later, and is never signed with another content", async () => {
  const server = fakeServer();
  const device = fakeDevice(server);
  await device.append(claimPlan("first.example"));
  server.before = () => Promise.reject(new UserError("no_network"));
  await assert.rejects(device.append(claimPlan("lost.example")));
  server.before = () => {};
  const { chain } = await device.append(claimPlan("next.example"));
  assert.deepEqual(subjects(chain), ["first.example", "lost.example", "next.example"]);
  const signed = new Map<number, Set<string>>();
  for (const entry of server.offered) {
    const { seq } = entry.payload;
    signed.set(seq, (signed.get(seq) ?? new Set()).add(entryHash(entry)));
  }
  assert.ok([...signed.values()].every((hashes) => hashes.size === 1));
});

Deno.test("what the server refuses is let go", async () => {
  const server = fakeServer();
  const device = fakeDevice(server);
  await device.append(claimPlan("first.example"));
  server.before = () => Promise.reject(new UserError("rate_limited"));
  await assert.rejects(device.append(claimPlan("no.example")));
  assert.equal(device.disk?.entries.length, 2);
  server.before = () => {};
  assert.deepEqual(subjects((await device.sync()).chain), ["first.example"]);
});

Deno.test("a restored server is given again what it has lost, before anything is added", async () => {
  const server = fakeServer();
  const device = fakeDevice(server);
  await device.append(claimPlan("one.example"));
  await device.append(claimPlan("two.example"));
  const before = server.entries.map(entryHash);
  server.entries = server.entries.slice(0, 1);
  await device.append(claimPlan("three.example"));
  assert.deepEqual(server.entries.slice(0, 3).map(entryHash), before);
  server.entries = [];
  await device.sync();
  assert.equal(server.entries.length, 4);
});

Deno.test("a server with another entry than was published stops everything", async () => {
  const server = fakeServer();
  const [one, two] = [fakeDevice(server), fakeDevice(server)];
  await one.append(claimPlan("one.example"));
  server.entries = server.entries.slice(0, 1);
  await two.append(claimPlan("two.example"));
  await assert.rejects(one.sync(), (error) => isUserError(error, "chain_forked"));
  await assert.rejects(
    one.append(claimPlan("more.example")),
    (error) => isUserError(error, "chain_forked"),
  );
  assert.equal(server.entries.length, 2);
});

Deno.test("a server that says taken for ever is given up", async () => {
  const server = fakeServer();
  const device = fakeDevice({ ...server, append: () => Promise.resolve("taken") });
  await assert.rejects(
    device.append(claimPlan("example.com")),
    (error) => isUserError(error, "server_error"),
  );
});

Deno.test("one that has lost entries and says taken for ever is given up, whatever was asked of it before", async () => {
  const server = fakeServer();
  let isLying = false;
  const append: typeof server.append = (entry) =>
    isLying ? Promise.resolve("taken") : server.append(entry);
  const device = fakeDevice({ read: server.read, append });
  await device.append(claimPlan("example.com"));
  server.entries = [];
  isLying = true;
  await assert.rejects(device.sync(), (error) => isUserError(error, "server_error"));
});

for (const seed of fuzzSeeds(5)) {
  Deno.test(`whatever is lost on the way, several devices end with one chain (seed ${seed})`, async () => {
    const random = createRandom(seed);
    const server = fakeServer();
    const devices = [fakeDevice(server), fakeDevice(server), fakeDevice(server)];
    const lose = () => {
      if (random.oneIn(3)) throw new UserError("no_network");
    };
    server.before = lose;
    server.after = lose;
    const wanted = Array.from({ length: 12 }, (_, at) => `d${at}.example`);
    for (const subject of wanted) {
      const device = random.pick(devices);
      await device.append(claimPlan(subject)).catch((error) => {
        assert.ok(isUserError(error, "no_network"), String(error));
      });
    }
    server.before = () => {};
    server.after = () => {};
    for (const device of devices) await device.sync();
    const states = await Promise.all(devices.map((device) => device.sync()));
    assert.equal(new Set(states.map(({ chain }) => chain.hashes.at(-1))).size, 1);
    assert.equal(states[0]!.fault, null);
  });
}
