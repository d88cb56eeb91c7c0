import assert from "node:assert/strict";
import {
  CLOCK_STEP_MS,
  DEVICE_COPY_TTL_MS,
  isDeviceCopyCurrent,
  openDeviceCopy,
  sealDeviceCopy,
} from "../../../../client/session/device_key.ts";
import { splitSecrets } from "../../../../client/session/secret_bytes.ts";

const secrets = splitSecrets(crypto.getRandomValues(new Uint8Array(96)));
const NOW_MS = Date.UTC(2026, 0, 1);

Deno.test("a device copy gives the secrets back, to the identity that it was made for", async () => {
  const copy = await sealDeviceCopy(secrets, { primary: "ed25519:aa", nowMs: NOW_MS });
  assert.deepEqual(await openDeviceCopy(copy, "ed25519:aa"), secrets);
  assert.equal(await openDeviceCopy(copy, "ed25519:bb"), null);
  assert.equal(copy.usedAtMs, NOW_MS);
});

Deno.test("its key cannot be read", async () => {
  const { key } = await sealDeviceCopy(secrets, { primary: "ed25519:aa", nowMs: NOW_MS });
  assert.equal(key.extractable, false);
  await assert.rejects(crypto.subtle.exportKey("raw", key));
});

Deno.test("it is current for 30 days after its last use, unless the clock goes back", async () => {
  const copy = await sealDeviceCopy(secrets, { primary: "ed25519:aa", nowMs: NOW_MS });
  const cases: [afterMs: number, isCurrent: boolean][] = [
    [0, true],
    [DEVICE_COPY_TTL_MS, true],
    [DEVICE_COPY_TTL_MS + 1, false],
    [-CLOCK_STEP_MS, true],
    [-CLOCK_STEP_MS - 1, false],
  ];
  for (const [afterMs, isCurrent] of cases) {
    assert.equal(isDeviceCopyCurrent(copy, NOW_MS + afterMs), isCurrent, `after ${afterMs} ms`);
  }
});
