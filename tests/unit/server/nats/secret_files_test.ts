import assert from "node:assert/strict";
import { utf8ToBytes } from "../../../../protocol/bytes.ts";
import {
  makeIssuerSeed,
  readCalloutSecret,
  readIssuerKeys,
} from "../../../../server/nats/secret_files.ts";
import { StartFault } from "../../../../server/start_fault.ts";

const SEED = makeIssuerSeed(new Uint8Array(32).fill(7));
const gives = (text: string) => () => text;
const fails = (): string => {
  throw new Deno.errors.NotFound("no such file");
};

Deno.test("a seed gives the same issuer and login each time, of two different keys", async () => {
  const { issuer, login } = await readIssuerKeys("n.seed", gives(`${SEED}\n`));
  const again = await readIssuerKeys("n.seed", gives(SEED));
  assert.match(issuer.publicKey, /^A[A-Z2-7]{55}$/);
  assert.match(login.publicKey, /^U[A-Z2-7]{55}$/);
  assert.deepEqual([again.issuer.publicKey, again.login.publicKey], [
    issuer.publicKey,
    login.publicKey,
  ]);
  // What a nats-server has the login sign is of no worth as an answer.
  assert.notDeepEqual(issuer.sign(utf8ToBytes("x")), login.sign(utf8ToBytes("x")));
  assert.notEqual(issuer.publicKey.slice(1, 50), login.publicKey.slice(1, 50));
});

Deno.test("a file without a seed, or none at all, is told without what it holds", async () => {
  for (const read of [gives(""), gives("SAsecret"), gives(SEED.replace("SA", "SU")), fails]) {
    await assert.rejects(readIssuerKeys("n.seed", read), (error) => {
      assert.ok(error instanceof StartFault);
      assert.match(error.message, /^n\.seed .*--nats-issuer-seed-file/);
      assert.ok(!error.message.includes("SAsecret"));
      return true;
    });
  }
});

Deno.test("a secret for callers has at least 32 characters, all of which a header can hold", () => {
  const good = "k".repeat(32);
  assert.equal(readCalloutSecret("s", gives(`${good}\n`)), good);
  for (const bad of ["", "k".repeat(31), `${good} ${good}`, `${good}é`]) {
    assert.throws(() => readCalloutSecret("s", gives(bad)), StartFault, bad);
  }
  assert.throws(() => readCalloutSecret("s", fails), StartFault);
});
