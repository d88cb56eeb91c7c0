import assert from "node:assert/strict";
import {
  CLOCK_STEP_MS,
  DEVICE_COPY_TTL_MS,
  isDeviceCopyCurrent,
  openDeviceCopy,
  sealDeviceCopy,
} from "../../../../client/session/device_key.ts";
import type { Vault } from "../../../../client/session/vault.ts";
import { createSealedVault } from "./support.ts";
import { splitSecrets } from "../../../../client/session/secret_bytes.ts";

const secrets = splitSecrets(crypto.getRandomValues(new Uint8Array(96)));
const NOW_MS = Date.UTC(2026, 0, 1);
const vault = await createSealedVault({ secrets });

Deno.test("a device copy gives the secrets back, beside the vault that it was made for", async () => {
  const copy = await sealDeviceCopy(secrets, { vault, nowMs: NOW_MS });
  assert.deepEqual(await openDeviceCopy(copy, vault), secrets);
  assert.equal(copy.usedAtMs, NOW_MS);
  const other = { ...vault, account: { ...vault.account, primary: "ed25519:bb" } };
  assert.equal(await openDeviceCopy(copy, other), null);
  // As it was before a change of the passphrase.
  const earlier = await createSealedVault({ secrets });
  assert.equal(await openDeviceCopy(copy, earlier), null);
});

const tamperings: [what: string, (vault: Vault) => Vault][] = [
  ["its revision", (vault) => ({ ...vault, revision: vault.revision + 1 })],
  ["how the passphrase's key is derived", (vault) => ({
    ...vault,
    argon2: { ...vault.argon2, memoryKib: 19_456 },
  })],
  ["a box", (vault) => ({ ...vault, phrase: vault.secrets })],
  ["when it locks itself", (vault) => ({ ...vault, autoLockMs: null })],
  ["whether it asks at start", (vault) => ({ ...vault, asksAtStart: true })],
  ["an authenticator", (vault) => ({ ...vault, authenticators: vault.authenticators.slice(1) })],
];
for (const [what, tamper] of tamperings) {
  Deno.test(`a device copy opens nothing once somebody changed ${what}`, async () => {
    const authenticator = {
      id: new Uint8Array([1]),
      salt: new Uint8Array(32),
      kind: "device" as const,
      addedAtMs: 0,
      secrets: vault.secrets,
    };
    const full = { ...vault, autoLockMs: 60_000, authenticators: [authenticator] };
    const copy = await sealDeviceCopy(secrets, { vault: full, nowMs: NOW_MS });
    assert.deepEqual(await openDeviceCopy(copy, full), secrets);
    assert.equal(await openDeviceCopy(copy, tamper(full)), null);
  });
}

Deno.test("the time of its last use cannot be moved", async () => {
  const copy = await sealDeviceCopy(secrets, { vault, nowMs: NOW_MS });
  assert.equal(await openDeviceCopy({ ...copy, usedAtMs: NOW_MS + 1 }, vault), null);
});

Deno.test("its key cannot be read", async () => {
  const { key } = await sealDeviceCopy(secrets, { vault, nowMs: NOW_MS });
  assert.equal(key.extractable, false);
  await assert.rejects(crypto.subtle.exportKey("raw", key));
});

Deno.test("it is current for 30 days after its last use, unless the clock goes back", async () => {
  const copy = await sealDeviceCopy(secrets, { vault, nowMs: NOW_MS });
  const cases: [afterMs: number, autoLockMs: number | null, isCurrent: boolean][] = [
    [0, null, true],
    [DEVICE_COPY_TTL_MS, null, true],
    [DEVICE_COPY_TTL_MS + 1, null, false],
    [-CLOCK_STEP_MS, null, true],
    [-CLOCK_STEP_MS - 1, null, false],
    [60_000, 60_000, true],
    [60_001, 60_000, false],
    [DEVICE_COPY_TTL_MS + 1, 2 * DEVICE_COPY_TTL_MS, false],
  ];
  for (const [afterMs, autoLockMs, isCurrent] of cases) {
    const now = { nowMs: NOW_MS + afterMs, autoLockMs };
    assert.equal(isDeviceCopyCurrent(copy, now), isCurrent, `after ${afterMs} ms`);
  }
});
