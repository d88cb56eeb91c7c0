import assert from "node:assert/strict";
import { verifyEd25519 } from "../../../protocol/ed25519.ts";
import type { ProtocolErrorCode } from "../../../protocol/errors.ts";
import { primaryOf } from "../../../protocol/identity.ts";
import {
  type RegistrationPayload,
  signRegistration,
  verifyRegistration,
  verifyRegistrationProof,
} from "../../../protocol/registration.ts";
import { signDocument } from "../../../protocol/signed_document.ts";
import { hasCode, mutations } from "./support.ts";
import { randomBytes } from "../../support/random_bytes.ts";

const LONG_AGO_MS = Date.UTC(2001, 0, 1);
const SERVER = "kez.example:8443";
const bob = { identitySecret: randomBytes(32), nostrSecret: randomBytes(32) };
const proof = signRegistration({
  handle: "bob",
  server: SERVER,
  createdAtMs: LONG_AGO_MS,
  random: randomBytes(32),
  ...bob,
});
const expected = {
  handle: "bob",
  server: SERVER,
  primary: primaryOf(bob.identitySecret),
  verifyEd25519,
};

function signed(changes: Partial<RegistrationPayload>) {
  const payload = { ...proof.payload, ...changes };
  return signDocument("handle_registration", { payload, identitySecret: bob.identitySecret });
}

Deno.test("a registration of any age proves who asked for the handle", async () => {
  assert.equal(await verifyRegistrationProof(proof, expected), proof);
});

Deno.test("a proof without a nostr key is a proof", async () => {
  const { nostr: _, ...payload } = proof.payload;
  const plain = signDocument("handle_registration", {
    payload,
    identitySecret: bob.identitySecret,
  });
  assert.equal(await verifyRegistrationProof(plain, expected), plain);
});

const misfits: { what: string; code: ProtocolErrorCode; changes: object }[] = [
  { what: "another handle", code: "invalid_handle", changes: { handle: "rob" } },
  { what: "another server", code: "wrong_server", changes: { server: "kez.example" } },
  {
    what: "another primary",
    code: "key_mismatch",
    changes: { primary: primaryOf(randomBytes(32)) },
  },
];
for (const { what, code, changes } of misfits) {
  Deno.test(`a proof is refused where ${what} is expected`, async () => {
    await assert.rejects(
      verifyRegistrationProof(proof, { ...expected, ...changes }),
      hasCode(code),
    );
  });
}

const faults: { what: string; code: ProtocolErrorCode; value: unknown }[] = [
  { what: "is null", code: "malformed", value: null },
  { what: "lacks a handle", code: "malformed", value: signed({ handle: undefined }) },
  { what: "is of version 2", code: "unsupported_document", value: signed({ version: 2 }) },
  { what: "has a reserved handle", code: "reserved_handle", value: signed({ handle: "admin" }) },
  {
    what: "has a nostr link that does not verify",
    code: "bad_nostr_link",
    value: signed({ nostr: { ...proof.payload.nostr!, sig: "00".repeat(64) } }),
  },
];
for (const { what, code, value } of faults) {
  Deno.test(`a proof is refused where it ${what}`, async () => {
    await assert.rejects(verifyRegistrationProof(value, expected), hasCode(code));
  });
}

Deno.test("a proof is refused after any change of any member", async () => {
  for (const changed of mutations(proof)) {
    await assert.rejects(verifyRegistrationProof(changed, expected), { name: "ProtocolError" });
  }
});

Deno.test("of several faults the one that comes first in the specification's table is named", async () => {
  const check = { server: "other.example", nowMs: Date.UTC(2026, 0, 1), verifyEd25519 };
  const inOrder: { code: ProtocolErrorCode; value: unknown; server?: string }[] = [
    { code: "bad_signature", value: { ...proof, payload: { ...proof.payload, handle: "admin" } } },
    { code: "wrong_server", value: signed({ handle: "admin" }) },
    { code: "reserved_handle", value: signed({ handle: "admin" }), server: SERVER },
    { code: "stale_timestamp", value: signed({ nostr: undefined }), server: SERVER },
  ];
  for (const { code, value, server = check.server } of inOrder) {
    await assert.rejects(verifyRegistration(value, { ...check, server }), hasCode(code));
  }
});
