import assert from "node:assert/strict";
import { bytesToHex } from "../../../../protocol/bytes.ts";
import { type BiometricsDeps, createBiometrics } from "../../../../client/session/biometrics.ts";
import { createSealedVault, tells } from "./support.ts";
import { splitSecrets } from "../../../../client/session/secret_bytes.ts";

const secrets = splitSecrets(crypto.getRandomValues(new Uint8Array(96)));
const { account: base } = await createSealedVault({ secrets });
const account = { ...base, primary: `ed25519:${"07".repeat(32)}` };

/** What an authenticator of a test answers. */
interface Answer {
  prf?: { enabled?: boolean; results?: { first?: ArrayBuffer } };
  attachment?: "platform" | "cross-platform";
  transports?: string[];
}

function credentialOf({ prf, attachment = "platform", transports = [] }: Answer): Credential {
  return {
    rawId: new Uint8Array([1, 2, 3]).buffer,
    authenticatorAttachment: attachment,
    getClientExtensionResults: () => ({ prf }),
    response: { getTransports: () => transports },
  } as unknown as Credential;
}

/** Biometrics in a browser that answers with these, in this order; what it was asked is kept. */
function browserWith(answers: (Answer | Error)[], rest: Partial<BiometricsDeps> = {}) {
  const asked: CredentialCreationOptions[] = [];
  const answer = (options?: CredentialCreationOptions | CredentialRequestOptions) => {
    asked.push(options as CredentialCreationOptions);
    const next = answers.shift()!;
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(credentialOf(next));
  };
  const biometrics = createBiometrics({
    credentials: { create: answer, get: answer },
    publicKey: {},
    hostname: "kez.example",
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    nowMs: () => 7,
    ...rest,
  });
  return { biometrics, asked };
}

const secret = () => ({ first: new Uint8Array(32).fill(9).buffer });

Deno.test("a credential is made for the identity, resident and with verification, and its secret wiped", async () => {
  const prf = { enabled: true, results: secret() };
  const { biometrics, asked } = browserWith([{ prf }]);
  const { authenticator, key } = await biometrics.enrol(account, []);
  const { publicKey } = asked[0]!;
  assert.equal(bytesToHex(new Uint8Array(publicKey!.user.id as ArrayBuffer)), "07".repeat(32));
  assert.equal(publicKey!.authenticatorSelection?.residentKey, "required");
  assert.equal(publicKey!.authenticatorSelection?.userVerification, "required");
  assert.equal(key.extractable, false);
  assert.deepEqual([authenticator.kind, authenticator.addedAtMs], ["device", 7]);
  assert.deepEqual(new Uint8Array(prf.results.first), new Uint8Array(32));
});

Deno.test("one that tells its secret only at the next question is asked once more", async () => {
  const { biometrics, asked } = browserWith([{ prf: { enabled: true } }, {
    prf: { results: secret() },
  }]);
  const { authenticator } = await biometrics.enrol(account, []);
  assert.equal(asked.length, 2);
  const [allowed] = (asked[1] as CredentialRequestOptions).publicKey!.allowCredentials!;
  assert.deepEqual(allowed?.id, authenticator.id);
});

Deno.test("what is set up already is named to the browser, which refuses it", async () => {
  const known = { id: new Uint8Array([5]), salt: new Uint8Array(32), kind: "key", addedAtMs: 1 };
  const { biometrics, asked } = browserWith([new DOMException("", "InvalidStateError")]);
  await assert.rejects(
    biometrics.enrol(account, [{ ...known, kind: "key" }]),
    tells("biometrics_known"),
  );
  assert.deepEqual(asked[0]!.publicKey!.excludeCredentials?.[0]?.id, known.id);
});

for (
  const [what, prf] of [
    ["without the extension", undefined],
    ["that refuses it", { enabled: false }],
  ] as const
) {
  Deno.test(`an authenticator ${what} opens nothing`, async () => {
    const { biometrics } = browserWith([{ prf }]);
    await assert.rejects(biometrics.enrol(account, []), tells("biometrics_keyless"));
  });
}

Deno.test("a secret of another length is none", async () => {
  const prf = { enabled: true, results: { first: new ArrayBuffer(16) } };
  const { biometrics } = browserWith([{ prf }]);
  await assert.rejects(biometrics.ask([]), tells("biometrics_keyless"));
});

Deno.test("whoever dismisses the question has changed nothing", async () => {
  const { biometrics } = browserWith([new DOMException("", "NotAllowedError")]);
  await assert.rejects(biometrics.ask([]), tells("biometrics_cancelled"));
});

Deno.test("a phone nearby and a security key are told apart", async () => {
  const prf = { enabled: true };
  const away = { attachment: "cross-platform" } as const;
  const answers = [
    { ...away, transports: ["hybrid", "internal"], prf: { ...prf, results: secret() } },
    { ...away, transports: ["usb"], prf: { ...prf, results: secret() } },
  ];
  const { biometrics } = browserWith(answers);
  assert.equal((await biometrics.enrol(account, [])).authenticator.kind, "phone");
  assert.equal((await biometrics.enrol(account, [])).authenticator.kind, "key");
});

const reasons: [what: string, deps: Partial<BiometricsDeps>, reason: string | null][] = [
  ["a browser without WebAuthn", { publicKey: undefined }, "browser"],
  ["a page without credentials", { credentials: undefined }, "browser"],
  ["a browser that says it has no PRF", {
    publicKey: { getClientCapabilities: () => Promise.resolve({ "extension:prf": false }) },
  }, "browser"],
  ["a browser that has it", {
    publicKey: { getClientCapabilities: () => Promise.resolve({ "extension:prf": true }) },
  }, null],
  ["a browser that does not say", {}, null],
  ["an IPv4 address", { hostname: "192.0.2.7" }, "address"],
  ["an IPv6 address", { hostname: "[::1]" }, "address"],
  ["a name that begins with digits", { hostname: "1.example" }, null],
];
for (const [what, deps, reason] of reasons) {
  Deno.test(`${what}: ${reason === null ? "biometrics are offered" : `missing by the ${reason}`}`, async () => {
    assert.equal(await browserWith([], deps).biometrics.missing(), reason);
  });
}
