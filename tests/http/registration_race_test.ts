import assert from "node:assert/strict";
import type { Registration } from "../../protocol/registration.ts";
import type { ProblemCode } from "../../server/problems.ts";
import { makeAccount, openTestHttp, registrationOf, type TestHttp } from "./support.ts";

Deno.test("of 50 people who register one name at once, exactly one has it", async () => {
  await using http = await openTestHttp();
  const bodies = Array.from(
    { length: 50 },
    () => registrationOf(makeAccount(), { handle: "alice" }),
  );
  await exactlyOne(http, { bodies, code: "handle_taken" });
});

Deno.test("of 50 names that one person registers at once, exactly one is registered", async () => {
  await using http = await openTestHttp();
  const account = makeAccount();
  const bodies = Array.from(
    { length: 50 },
    (_, i) => registrationOf(account, { handle: `alice-${i}` }),
  );
  await exactlyOne(http, { bodies, code: "primary_taken" });
});

Deno.test("of 50 people who link one nostr key at once, exactly one has it", async () => {
  await using http = await openTestHttp();
  const { nostrSecret } = makeAccount();
  const bodies = Array.from(
    { length: 50 },
    (_, i) => registrationOf({ ...makeAccount(), nostrSecret }, { handle: `alice-${i}` }),
  );
  await exactlyOne(http, { bodies, code: "nostr_taken" });
});

Deno.test("50 different people register at once, on a server that nobody was on before", async () => {
  await using http = await openTestHttp();
  const bodies = Array.from(
    { length: 50 },
    (_, i) => registrationOf(makeAccount(), { handle: `user-${i}` }),
  );
  const statuses = await Promise.all(bodies.map(async (body) => (await post(http, body)).status));
  assert.deepEqual(new Set(statuses), new Set([201]));
});

async function exactlyOne(
  http: TestHttp,
  { bodies, code }: { bodies: Registration[]; code: ProblemCode },
): Promise<void> {
  const answers = await Promise.all(bodies.map((body) => post(http, body)));
  const created = answers.filter(({ status }) => status === 201);
  assert.equal(created.length, 1);
  const refused = answers.filter(({ status }) => status !== 201);
  assert.deepEqual(new Set(refused.map(({ body }) => body.code)), new Set([code]));
  const winner = created[0]!.body;
  assert.deepEqual(await (await http.fetch(`/v1/u/${winner.handle}`)).json(), winner);
  let handles = 0;
  for await (const _ of http.kv.list({ prefix: ["registry", "handle"] })) handles++;
  assert.equal(handles, 1);
}

async function post(http: TestHttp, body: Registration) {
  const response = await http.fetch("/v1/register", { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}
