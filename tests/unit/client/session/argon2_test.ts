import assert from "node:assert/strict";
import { argon2id } from "hash-wasm";
import { bytesToHex } from "../../../../protocol/bytes.ts";
import {
  type Argon2Worker,
  chooseParameters,
  createKeyDeriver,
  FULL_MEMORY_KIB,
  LEAST_MEMORY_KIB,
  memoryFor,
} from "../../../../client/session/argon2.ts";

const WORKER = new URL("../../../../client/session/argon2_worker.ts", import.meta.url);
const startWorker = (): Argon2Worker => new Worker(WORKER, { type: "module" });
const tiny = { salt: new Uint8Array(16).fill(3), memoryKib: 64, iterations: 1 };

Deno.test("the worker derives what Argon2id gives", async () => {
  const { key, elapsedMs } = await createKeyDeriver(startWorker)({ ...tiny, passphrase: "pass" });
  const known = await argon2id({
    password: "pass",
    salt: tiny.salt,
    memorySize: 64,
    iterations: 1,
    parallelism: 1,
    hashLength: 32,
    outputType: "hex",
  });
  assert.equal(bytesToHex(key), known);
  assert.ok(elapsedMs >= 0);
});

Deno.test("a passphrase gives the same key however its letters are composed", async () => {
  const deriveKey = createKeyDeriver(startWorker);
  const composed = await deriveKey({ ...tiny, passphrase: "caf\u00e9 noir" });
  const combined = await deriveKey({ ...tiny, passphrase: "cafe\u0301 noir" });
  assert.deepEqual(composed.key, combined.key);
});

Deno.test("a derivation that fails says so, and its worker ends", async () => {
  let ended = 0;
  const deriveKey = createKeyDeriver(() => {
    const worker = startWorker();
    const { terminate } = worker;
    worker.terminate = () => {
      ended++;
      terminate.call(worker);
    };
    return worker;
  });
  await assert.rejects(deriveKey({ ...tiny, memoryKib: 1, passphrase: "pass" }), /[Mm]emory/);
  assert.equal(ended, 1);
});

Deno.test("memory follows the device's speed, within its bounds", () => {
  const cases: [probeMs: number, memoryKib: number][] = [
    [0, FULL_MEMORY_KIB],
    [100, FULL_MEMORY_KIB],
    [1_000, LEAST_MEMORY_KIB * 1.5],
    [1_500, LEAST_MEMORY_KIB],
    [60_000, LEAST_MEMORY_KIB],
  ];
  for (const [probeMs, memoryKib] of cases) assert.equal(memoryFor(probeMs), memoryKib);
});

Deno.test("parameters are chosen by one probe, with a fresh salt of 16 bytes each time", async () => {
  const probed: number[] = [];
  const deriveKey = ({ memoryKib }: { memoryKib: number }) => {
    probed.push(memoryKib);
    return Promise.resolve({ key: new Uint8Array(32), elapsedMs: 1_500 });
  };
  const one = await chooseParameters(deriveKey);
  const two = await chooseParameters(deriveKey);
  assert.deepEqual(probed, [LEAST_MEMORY_KIB, LEAST_MEMORY_KIB]);
  assert.equal(one.memoryKib, LEAST_MEMORY_KIB);
  assert.equal(one.iterations, 3);
  assert.equal(one.salt.length, 16);
  assert.notDeepEqual(one.salt, two.salt);
});
