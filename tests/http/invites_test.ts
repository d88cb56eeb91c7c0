import assert from "node:assert/strict";
import type { Registration } from "../../protocol/registration.ts";
import { createInvites, type Invites } from "../../server/registry/invite_store.ts";
import { createRegistry } from "../../server/registry/registry.ts";
import {
  type Account,
  makeAccount,
  openTestHttp,
  registrationOf,
  RELAY_URL,
  SERVER,
  type TestHttp,
} from "./support.ts";

const DAY_MS = 86_400_000;

/** A server that asks for invites. */
async function openInviteServer() {
  const http = await openTestHttp({ config: { registration: "invite" } });
  const invites = createInvites({ kv: http.kv, nowMs: () => http.clock.nowMs });
  return { http, invites, [Symbol.asyncDispose]: () => http[Symbol.asyncDispose]() };
}

async function post(
  http: TestHttp,
  body: object,
  peer?: string,
): Promise<{ status: number; code?: string }> {
  const init = { method: "POST", body: JSON.stringify(body), peer };
  const response = await http.fetch("/v1/register", init);
  return { status: response.status, code: (await response.json()).code };
}

function somebody(http: TestHttp, handle: string, account: Account = makeAccount()): Registration {
  return registrationOf(account, { handle, createdAtMs: http.clock.nowMs });
}

async function usesLeft(invites: Invites): Promise<number[]> {
  return (await Array.fromAsync(invites.list())).map((invite) => invite.usesLeft);
}

Deno.test("an invite lets in as many as it is for, however its code is written", async () => {
  await using opened = await openInviteServer();
  const { http, invites } = opened;
  const { code } = await invites.create({ uses: 2, expiresInMs: DAY_MS });
  assert.deepEqual(await post(http, { ...somebody(http, "alice"), invite: code }), {
    status: 201,
    code: undefined,
  });
  const typed = ` ${code.toLowerCase().replaceAll("-", " ").replaceAll("0", "o")} `;
  assert.equal((await post(http, { ...somebody(http, "bob"), invite: typed })).status, 201);
  assert.deepEqual(await post(http, { ...somebody(http, "carol"), invite: code }), {
    status: 403,
    code: "invalid_invite",
  });
  assert.deepEqual(await usesLeft(invites), []);
});

Deno.test("no invite, an unknown one, one that was revoked or is past its time lets nobody in", async () => {
  await using opened = await openInviteServer();
  const { http, invites } = opened;
  const body = somebody(http, "alice");
  const refused = { status: 403, code: "invalid_invite" };
  assert.deepEqual(await post(http, body), refused);
  for (const invite of ["", "x".repeat(60_000), "AAAA-BBBB-CCCC-DDDD", "__proto__"]) {
    assert.deepEqual(await post(http, { ...body, invite }), refused, invite.slice(0, 20));
  }
  const { code, record } = await invites.create({ uses: 1, expiresInMs: DAY_MS });
  assert.deepEqual(await post(http, { ...body, invite: record.hash }), refused);
  assert.equal((await invites.revoke(code))?.hash, record.hash);
  assert.equal(await invites.revoke(code), null);
  assert.deepEqual(await post(http, { ...body, invite: code }), refused);

  const late = await invites.create({ uses: 1, expiresInMs: DAY_MS });
  http.clock.nowMs += DAY_MS;
  assert.deepEqual(await post(http, { ...somebody(http, "alice"), invite: late.code }), refused);
  assert.deepEqual(await usesLeft(invites), []);
});

Deno.test("a registration that is refused uses nothing up", async () => {
  await using opened = await openInviteServer();
  const { http, invites } = opened;
  const { code: first } = await invites.create({ uses: 1, expiresInMs: DAY_MS });
  const alice = makeAccount();
  assert.equal(
    (await post(http, { ...somebody(http, "alice", alice), invite: first })).status,
    201,
  );
  const { code: invite } = await invites.create({ uses: 1, expiresInMs: DAY_MS });
  const taken = [
    [somebody(http, "alice"), "handle_taken"],
    [somebody(http, "alice-2", alice), "primary_taken"],
    [somebody(http, "carol", { ...makeAccount(), nostrSecret: alice.nostrSecret }), "nostr_taken"],
    [somebody(http, "postmaster"), "reserved_handle"],
  ] as const;
  for (const [body, code] of taken) {
    assert.equal((await post(http, { ...body, invite })).code, code);
  }
  assert.deepEqual(await usesLeft(invites), [1]);
  assert.equal((await post(http, { ...somebody(http, "bob"), invite })).status, 201);
});

Deno.test("the very same registration again is 200 and uses no invite, shown or not, whoever may register by now", async () => {
  await using opened = await openInviteServer();
  const { http, invites } = opened;
  const { code: invite } = await invites.create({ uses: 2, expiresInMs: DAY_MS });
  const body = somebody(http, "alice");
  assert.equal((await post(http, { ...body, invite })).status, 201);
  assert.equal((await post(http, { ...body, invite })).status, 200);
  assert.equal((await post(http, body)).status, 200);
  assert.deepEqual(await usesLeft(invites), [1]);
  await using closed = await openTestHttp({
    config: { registration: "closed" },
    deps: { registry: http.registry },
  });
  assert.equal((await post(closed, body)).status, 200);
  assert.equal(
    (await post(closed, { ...somebody(http, "bob"), invite })).code,
    "registration_closed",
  );
});

Deno.test("of 50 people with one invite for one, exactly one is let in, in one process or two", async () => {
  await using opened = await openInviteServer();
  const { http, invites } = opened;
  const nowMs = () => http.clock.nowMs;
  const registry = await createRegistry({
    kv: http.kv,
    server: SERVER,
    relayUrl: () => RELAY_URL,
    nowMs,
  });
  await using other = await openTestHttp({
    config: { registration: "invite" },
    deps: { registry },
  });
  const { code: invite } = await invites.create({ uses: 1, expiresInMs: DAY_MS });
  const answers = await Promise.all(
    Array.from(
      { length: 50 },
      (_, i) => post(i % 2 === 0 ? http : other, { ...somebody(http, `user-${i}`), invite }),
    ),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  const refused = answers.filter(({ status }) => status !== 201).map(({ code }) => code);
  assert.deepEqual(new Set(refused), new Set(["invalid_invite"]));
  const handles = await Array.fromAsync(http.kv.list({ prefix: ["registry", "handle"] }));
  assert.equal(handles.length, 1);
});

Deno.test("of 200 people with one invite for 120, exactly 120 are let in", async () => {
  await using opened = await openInviteServer();
  const { http, invites } = opened;
  const { code: invite } = await invites.create({ uses: 120, expiresInMs: DAY_MS });
  const answers = await Promise.all(Array.from(
    { length: 200 },
    (_, i) => post(http, { ...somebody(http, `user-${i}`), invite }, `198.51.100.${i}`),
  ));
  assert.equal(answers.filter(({ status }) => status === 201).length, 120);
  assert.deepEqual(await usesLeft(invites), []);
});

Deno.test("storage holds no code, and lists tell invites apart without one", async () => {
  await using opened = await openInviteServer();
  const { http, invites } = opened;
  const made = await invites.create({ uses: 3, expiresInMs: DAY_MS });
  const rows = await Array.fromAsync(http.kv.list({ prefix: [] }));
  const dump = JSON.stringify(rows.map(({ key, value }) => [key, value]));
  assert.ok(dump.includes(made.record.hash));
  for (const code of [made.code, made.code.replaceAll("-", "")]) {
    assert.ok(!dump.toLowerCase().includes(code.toLowerCase()));
  }
  assert.deepEqual(await Array.fromAsync(invites.list()), [made.record]);
  assert.equal((await invites.revoke(made.record.hash.slice(0, 12)))?.hash, made.record.hash);
});

Deno.test("the first invite is made once, and only where nobody was ever registered", async () => {
  await using opened = await openInviteServer();
  const { http, invites } = opened;
  const made = await Promise.all([1, 2, 3].map(() => invites.createFirst({ expiresInMs: DAY_MS })));
  const [first] = made.filter((one) => one !== null);
  assert.equal(made.filter((one) => one !== null).length, 1);
  assert.equal(first!.record.uses, 1);
  assert.equal((await post(http, { ...somebody(http, "alice"), invite: first!.code })).status, 201);
  assert.equal(await invites.createFirst({ expiresInMs: DAY_MS }), null);

  await using lived = await openTestHttp();
  await lived.register(makeAccount(), "alice");
  const later = createInvites({ kv: lived.kv, nowMs: () => lived.clock.nowMs });
  assert.equal(await later.createFirst({ expiresInMs: DAY_MS }), null);
});
