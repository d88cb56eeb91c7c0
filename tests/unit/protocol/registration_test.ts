import assert from "node:assert/strict";
import { bytesToHex } from "../../../protocol/bytes.ts";
import { verifyEd25519 } from "../../../protocol/ed25519.ts";
import type { ProtocolErrorCode } from "../../../protocol/errors.ts";
import { nostrPubkeyOf, primaryOf } from "../../../protocol/identity.ts";
import { canonicalBytes } from "../../../protocol/jcs.ts";
import {
  type Registration,
  REGISTRATION_WINDOW_MS,
  signRegistration,
  verifyRegistration,
} from "../../../protocol/registration.ts";
import { signDocument } from "../../../protocol/signed_document.ts";
import { verifyEd25519 as nativeVerify } from "../../../server/verify_ed25519.ts";
import { hasCode, mutations, readVectors } from "./support.ts";
import { randomBytes } from "../../support/random_bytes.ts";

const vectors = readVectors<{
  valid: Registration[];
  jcs_hex: string;
  invalid: { document: unknown; why: ProtocolErrorCode }[];
}>("registration");
const [known] = vectors.valid as [Registration];

const context = {
  server: "kez.lat",
  nowMs: Date.parse("2026-05-25T03:00:00Z"),
  verifyEd25519,
};

for (const [name, verifier] of [["noble", verifyEd25519], ["native", nativeVerify]] as const) {
  for (const [i, document] of vectors.valid.entries()) {
    Deno.test(`known registration ${i} verifies (${name})`, async () => {
      const verified = await verifyRegistration(document, { ...context, verifyEd25519: verifier });
      assert.equal(verified, document);
    });
  }
  for (const { document, why } of vectors.invalid) {
    Deno.test(`a registration is refused for ${why} (${name})`, async () => {
      const refused = verifyRegistration(document, { ...context, verifyEd25519: verifier });
      await assert.rejects(refused, hasCode(why));
    });
  }
}

Deno.test("the signed bytes are the known ones", () => {
  assert.equal(bytesToHex(canonicalBytes(known.payload)), vectors.jcs_hex);
});

Deno.test("any field changed breaks the signature", async () => {
  let count = 0;
  for (const payload of mutations(known.payload)) {
    const document = { ...known, payload };
    const error = await verifyRegistration(document, context).then(() => null, (e) => e);
    assert.ok(
      ["bad_signature", "unsupported_document", "key_mismatch"].includes(error?.code),
      `${JSON.stringify(payload)}: ${error}`,
    );
    count++;
  }
  assert.equal(count, 8);
});

Deno.test("any hex digit of the signature changed breaks it", async () => {
  for (let at = 0; at < 128; at += 5) {
    const { sig } = known.signature;
    const digit = sig[at] === "0" ? "1" : "0";
    const changed = sig.slice(0, at) + digit + sig.slice(at + 1);
    const document = { ...known, signature: { ...known.signature, sig: changed } };
    await assert.rejects(verifyRegistration(document, context), hasCode("bad_signature"));
  }
});

Deno.test("a member added to or taken from the payload breaks the signature", async () => {
  const { nostr: _, ...without } = known.payload;
  for (const payload of [{ ...known.payload, extra: 1 }, without]) {
    await assert.rejects(
      verifyRegistration({ ...known, payload }, context),
      hasCode("bad_signature"),
    );
  }
});

function signed(overrides: Record<string, unknown> = {}) {
  const identitySecret = randomBytes(32);
  const primary = primaryOf(identitySecret);
  const payload = {
    type: "kez.chat.handle_registration",
    version: 1,
    handle: "alice",
    primary,
    server: "kez.lat",
    created_at: "2026-05-25T03:00:00Z",
    ...overrides,
  };
  return signDocument("handle_registration", { payload, identitySecret });
}

Deno.test("unknown members are kept and covered by the signature", async () => {
  const document = signed({ extra: { b: [1, null, "ü🦊"], a: true } });
  const verified = await verifyRegistration(document, context);
  assert.deepEqual(verified.payload.extra, { b: [1, null, "ü🦊"], a: true });
  const extra = { b: [1, null, "ü🦊"], a: false };
  const changed = { ...document, payload: { ...document.payload, extra } };
  await assert.rejects(verifyRegistration(changed, context), hasCode("bad_signature"));
});

const REFUSED: [overrides: Record<string, unknown>, why: ProtocolErrorCode][] = [
  [{ handle: 5 }, "malformed"],
  [{ created_at: null }, "malformed"],
  [{ server: undefined }, "malformed"],
  [{ version: "1" }, "malformed"],
  [{ version: 2 }, "unsupported_document"],
  [{ type: "kez.chat.request" }, "unsupported_document"],
  [{ primary: primaryOf(randomBytes(32)) }, "key_mismatch"],
  [{ server: "KEZ.lat" }, "wrong_server"],
  [{ server: "kez.lat:443" }, "wrong_server"],
  [{ handle: "al" }, "invalid_handle"],
  [{ handle: "Admin" }, "invalid_handle"],
  [{ handle: "admin" }, "reserved_handle"],
  [{ created_at: "2026-05-25 03:00:00Z" }, "stale_timestamp"],
  [{ created_at: "2026-05-25T03:00:00+00:00" }, "stale_timestamp"],
  [{ created_at: "2026-02-30T03:00:00Z" }, "stale_timestamp"],
  [{ nostr: null }, "bad_nostr_link"],
  [{ nostr: { pubkey: 5, sig: "" } }, "bad_nostr_link"],
  [{ nostr: known.payload.nostr }, "bad_nostr_link"],
  [{ filler: "x".repeat(8192) }, "too_large"],
];

for (const [overrides, why] of REFUSED) {
  Deno.test(`a well signed registration with ${JSON.stringify(overrides).slice(0, 60)} is ${why}`, async () => {
    const document = JSON.parse(JSON.stringify(signed(overrides)));
    await assert.rejects(verifyRegistration(document, context), hasCode(why));
  });
}

Deno.test("a small-order primary is refused even with a signature that would verify", async () => {
  const primary = `ed25519:01${"0".repeat(62)}`;
  const { payload, ...document } = signed();
  const forged = {
    ...document,
    payload: { ...payload, primary },
    signature: { ...document.signature, key: primary, sig: `01${"0".repeat(126)}` },
  };
  await assert.rejects(verifyRegistration(forged, context), hasCode("key_mismatch"));
});

Deno.test("created_at may be five minutes off either way, and no more", async () => {
  const document = signed();
  for (const [offsetMs, isTaken] of [[0, true], [1, false]] as const) {
    for (const sign of [-1, 1]) {
      const nowMs = context.nowMs + sign * (REGISTRATION_WINDOW_MS + offsetMs);
      const result = verifyRegistration(document, { ...context, nowMs });
      if (isTaken) await result;
      else await assert.rejects(result, hasCode("stale_timestamp"));
    }
  }
});

Deno.test("what is signed here verifies here, with the nostr link in both directions", async () => {
  for (let round = 0; round < 10; round++) {
    const [identitySecret, nostrSecret, random] = [32, 32, 32].map(randomBytes) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const registration = signRegistration({
      handle: `user-${round}`,
      server: "kez.lat",
      createdAtMs: context.nowMs + round,
      identitySecret,
      nostrSecret,
      random,
    });
    const { payload } = await verifyRegistration(registration, context);
    assert.equal(payload.primary, primaryOf(identitySecret));
    assert.equal(payload.nostr?.pubkey, nostrPubkeyOf(nostrSecret));
  }
});
