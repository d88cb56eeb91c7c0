import assert from "node:assert/strict";
import { bytesToHex } from "../../../../protocol/bytes.ts";
import type { DeriveKey } from "../../../../client/session/argon2.ts";
import { splitSecrets } from "../../../../client/session/secret_bytes.ts";
import { openPhrase, openSecrets } from "../../../../client/session/vault.ts";
import { createSealedVault, PASSPHRASE, PHRASE, quickDeriveKey, tells } from "./support.ts";

const secrets = splitSecrets(crypto.getRandomValues(new Uint8Array(96)));
const right = { passphrase: PASSPHRASE, deriveKey: quickDeriveKey };
const sealVault = () => createSealedVault({ secrets });

Deno.test("phrase and secrets come back under the passphrase", async () => {
  const vault = await sealVault();
  assert.equal(await openPhrase(vault, right), PHRASE);
  assert.deepEqual(await openSecrets(vault, right), secrets);
});

Deno.test("another passphrase opens neither", async () => {
  const vault = await sealVault();
  const wrong = { passphrase: PASSPHRASE + " ", deriveKey: quickDeriveKey };
  await assert.rejects(openPhrase(vault, wrong), tells("wrong_passphrase"));
  await assert.rejects(openSecrets(vault, wrong), tells("wrong_passphrase"));
});

Deno.test("the key is derived with the parameters that the vault holds", async () => {
  const asked: Parameters<DeriveKey>[0][] = [];
  const deriveKey: DeriveKey = (request) => {
    asked.push(request);
    return quickDeriveKey(request);
  };
  const vault = await sealVault();
  await openSecrets(vault, { passphrase: PASSPHRASE, deriveKey });
  assert.deepEqual(asked, [{ ...vault.argon2, passphrase: PASSPHRASE }]);
});

Deno.test("any flipped bit of a box is noticed", async () => {
  const vault = await sealVault();
  const bytes = vault.secrets.data.byteLength;
  for (const at of [0, 40, bytes - 1]) {
    const data = vault.secrets.data.slice(0);
    new Uint8Array(data)[at]! ^= 1;
    const changed = { ...vault, secrets: { ...vault.secrets, data } };
    await assert.rejects(openSecrets(changed, right), tells("wrong_passphrase"));
  }
});

Deno.test("a box opens neither in another's place nor in another identity's vault", async () => {
  const vault = await sealVault();
  const swapped = { ...vault, secrets: vault.phrase, phrase: vault.secrets };
  await assert.rejects(openSecrets(swapped, right), tells("wrong_passphrase"));
  await assert.rejects(openPhrase(swapped, right), tells("wrong_passphrase"));
  const moved = { ...vault, account: { ...vault.account, primary: "ed25519:bb" } };
  await assert.rejects(openSecrets(moved, right), tells("wrong_passphrase"));
});

Deno.test("sealing twice gives different bytes, and leaves the secrets as they were", async () => {
  const before = bytesToHex(secrets.storageKey);
  const [one, two] = [await sealVault(), await sealVault()];
  assert.notDeepEqual(new Uint8Array(one.secrets.data), new Uint8Array(two.secrets.data));
  assert.notDeepEqual(one.secrets.iv, one.phrase.iv);
  assert.equal(bytesToHex(secrets.storageKey), before);
});

Deno.test("the derived key is wiped after use", async () => {
  const keys: Uint8Array[] = [];
  const deriveKey: DeriveKey = async (request) => {
    const derived = await quickDeriveKey(request);
    keys.push(derived.key);
    return derived;
  };
  const vault = await sealVault();
  await openPhrase(vault, { passphrase: PASSPHRASE, deriveKey });
  assert.deepEqual(keys, [new Uint8Array(32)]);
});
