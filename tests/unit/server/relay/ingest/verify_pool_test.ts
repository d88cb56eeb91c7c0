import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { verifySchnorr } from "tiny-secp256k1";
import { signEvent } from "../../../../../protocol/nostr_event.ts";
import {
  checkByLibrary,
  checkPortably,
  createSignatureCheck,
} from "../../../../../server/relay/ingest/signature_check.ts";
import {
  CLAIM_BYTES,
  packClaim,
  READY,
  type VerifyJob,
  type VerifyResult,
} from "../../../../../server/relay/ingest/signature_claim.ts";
import { spawnVerifyWorker } from "../../../../../server/relay/ingest/spawn_verify_worker.ts";
import {
  createVerifyPool,
  type VerifyThread,
} from "../../../../../server/relay/ingest/verify_pool.ts";
import { createTestLog } from "../support.ts";

const random = () => crypto.getRandomValues(new Uint8Array(32));
const good = () =>
  signEvent({ kind: 1, created_at: 1, tags: [], content: `${Math.random()}` }, {
    nostrSecret: random(),
    random: random(),
  });
const defer = (run: () => void) => void setImmediate(run);

/** A Worker that answers when the test says so. */
class FakeThread implements VerifyThread {
  onmessage: VerifyThread["onmessage"] = null;
  onerror: VerifyThread["onerror"] = null;
  jobs: VerifyJob[] = [];
  isTerminated = false;
  postMessage(job: unknown) {
    this.jobs.push(job as VerifyJob);
  }
  terminate() {
    this.isTerminated = true;
  }
  getReady() {
    this.#say({ job: READY, valid: new Uint8Array() });
  }
  answer(isValid = 1) {
    const { job, claims } = this.jobs.shift()!;
    this.#say({ job, valid: new Uint8Array(claims.length / CLAIM_BYTES).fill(isValid) });
  }
  #say(data: VerifyResult) {
    this.onmessage!.call(this as unknown as Worker, new MessageEvent("message", { data }));
  }
  fail() {
    this.onerror!.call(this as unknown as Worker, new ErrorEvent("error", { message: "broken" }));
  }
}

function createFakePool(maxWorkers = 2) {
  const threads: FakeThread[] = [];
  const log = createTestLog();
  const deferred: (() => void)[] = [];
  const pool = createVerifyPool({
    maxWorkers,
    spawn: () => {
      const thread = new FakeThread();
      threads.push(thread);
      return thread;
    },
    check: checkPortably,
    defer: (run) => void deferred.push(run),
    log,
  });
  return { pool, threads, log, run: () => deferred.splice(0).forEach((task) => task()) };
}

Deno.test("real Workers tell right signatures from wrong ones", async () => {
  const log = createTestLog();
  const pool = createVerifyPool({
    maxWorkers: 2,
    spawn: spawnVerifyWorker,
    check: checkPortably,
    defer,
    log,
  });
  const events = Array.from({ length: 60 }, good);
  const claims = events.map((event, i) => {
    if (i % 5 === 0) return { ...event, sig: events[(i + 1) % 60]!.sig };
    if (i % 5 === 1) return { ...event, sig: "f".repeat(128) };
    if (i % 5 === 2) return { ...event, pubkey: "f".repeat(64) };
    return event;
  });
  const answers = await Promise.all(claims.map((claim) => pool.verify(claim)));
  assert.deepEqual(answers, claims.map((_, i) => i % 5 > 2));
  assert.deepEqual(log.names, []);
  pool.stop();
});

Deno.test("Workers are started when there is work, the second when the first has all it can take", () => {
  const { pool, threads, run } = createFakePool();
  assert.equal(threads.length, 0);
  const event = good();
  for (let i = 0; i < 17; i++) void pool.verify(event);
  run();
  assert.equal(threads.length, 1);
  threads[0]!.getReady();
  assert.deepEqual(threads[0]!.jobs.map(({ claims }) => claims.length / CLAIM_BYTES), [8, 8]);
  assert.equal(threads.length, 1);
  void pool.verify(event);
  run();
  assert.equal(threads.length, 2);
  for (let i = 0; i < 100; i++) void pool.verify(event);
  run();
  assert.equal(threads.length, 2);
  threads[1]!.getReady();
  assert.equal(threads[1]!.jobs.length, 2);
  threads[1]!.answer();
  assert.equal(threads[1]!.jobs.length, 2);
  pool.stop();
});

Deno.test("nothing waits for a Worker that is not ready: this thread checks meanwhile", async () => {
  const { pool, threads, run } = createFakePool(1);
  const wrong = { ...good(), sig: good().sig };
  const answers = Promise.all([pool.verify(good()), pool.verify(wrong), pool.verify(good())]);
  for (let i = 0; i < 3; i++) run();
  assert.deepEqual(await answers, [true, false, true]);
  assert.deepEqual(threads.map(({ jobs }) => jobs.length), [0]);
  threads[0]!.getReady();
  for (let i = 0; i < 2; i++) void pool.verify(good());
  run();
  assert.equal(threads[0]!.jobs.length, 1);
  pool.stop();
});

Deno.test("what a dying Worker had is checked elsewhere, in the end by this thread", async () => {
  const { pool, threads, log, run } = createFakePool();
  for (let i = 0; i < 2; i++) void pool.verify(good());
  for (let i = 0; i < 2; i++) run();
  threads[0]!.getReady();
  const [right, wrong] = [good(), { ...good(), sig: good().sig }];
  const answers = Promise.all([pool.verify(right), pool.verify(wrong), pool.verify(right)]);
  run();
  assert.equal(threads[0]!.jobs.length, 1);
  threads[0]!.fail();
  assert.ok(threads[0]!.isTerminated);
  assert.equal(threads.length, 2);
  threads[1]!.fail();
  for (let i = 0; i < 3; i++) run();
  assert.deepEqual(await answers, [true, false, true]);
  assert.equal(threads.length, 2);
  assert.deepEqual(log.names, ["relay.verify_worker_failed", "relay.verify_worker_failed"]);
  const later = pool.verify(right);
  run();
  assert.equal(await later, true);
  pool.stop();
});

Deno.test("where no Worker can be started, this thread checks", async () => {
  const log = createTestLog();
  const spawn = () => {
    throw new Error("no");
  };
  const pool = createVerifyPool({ maxWorkers: 2, spawn, check: checkPortably, defer, log });
  const events = [good(), { ...good(), id: good().id }, good()];
  const answers = await Promise.all(events.map((event) => pool.verify(event)));
  assert.deepEqual(answers, [true, false, true]);
  assert.equal(log.names.length, 2);
  pool.stop();
});

Deno.test("a stop ends the Workers at once, and what is pending gets null", async () => {
  const { pool, threads, run } = createFakePool();
  const answers = Promise.all(Array.from({ length: 50 }, () => pool.verify(good())));
  run();
  threads[0]!.getReady();
  const late = pool.verify(good());
  pool.stop();
  assert.ok(threads.every(({ isTerminated }) => isTerminated));
  // The first one was checked while there was no Worker.
  assert.deepEqual((await answers).map((answer) => answer === null), [
    false,
    ...Array(49).fill(true),
  ]);
  assert.equal(await late, null);
  assert.equal(await pool.verify(good()), null);
  run();
  assert.equal(threads.length, 2);
});

Deno.test("a signature that comes alone is checked on this thread, also while Workers are there", async () => {
  const { pool, threads, run } = createFakePool();
  const alone = pool.verify(good());
  run();
  assert.equal(await alone, true);
  assert.equal(threads.length, 0);
  const several = [pool.verify(good()), pool.verify(good()), pool.verify(good())];
  run();
  assert.equal(threads.length, 1);
  threads[0]!.getReady();
  const behind = pool.verify(good());
  run();
  for (const thread of threads) while (thread.jobs.length > 0) thread.answer();
  assert.deepEqual(await Promise.all([...several, behind]), [true, true, true, true]);
  const again = pool.verify({ ...good(), sig: good().sig });
  run();
  assert.equal(await again, false);
  pool.stop();
});

Deno.test("with and without WebAssembly the same signatures are right", () => {
  const event = good();
  const ORDER = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
  const cases: [string, { id?: string; pubkey?: string; sig?: string }, boolean][] = [
    ["as signed", {}, true],
    ["another id", { id: good().id }, false],
    ["another signature", { sig: good().sig }, false],
    ["another author", { pubkey: good().pubkey }, false],
    ["a pubkey that is no point", { pubkey: "f".repeat(64) }, false],
    ["a pubkey of zeros", { pubkey: "0".repeat(64) }, false],
    ["s of the curve's order", { sig: event.sig.slice(0, 64) + ORDER }, false],
    ["r beyond the field", { sig: "f".repeat(64) + event.sig.slice(64) }, false],
    ["a signature of zeros", { sig: "0".repeat(128) }, false],
  ];
  for (const [name, changes, expected] of cases) {
    const claim = packClaim({ ...event, ...changes });
    for (const check of [checkPortably, checkByLibrary({ verifySchnorr })]) {
      assert.equal(check(claim, 0), expected, name);
    }
  }
});

Deno.test("signatures are checked also before the library is there, and where it cannot be loaded", async () => {
  const log = createTestLog();
  const failed = Promise.reject(new Error("no WebAssembly here"));
  const check = createSignatureCheck({ load: () => failed, log });
  assert.equal(check(packClaim(good()), 0), true);
  await failed.catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(check(packClaim(good()), 0), true);
  assert.deepEqual(log.names, ["relay.verify_library_missing"]);
});
