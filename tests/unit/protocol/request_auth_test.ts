import assert from "node:assert/strict";
import {
  bytesToHex,
  decodeBase64url,
  encodeBase64url,
  utf8ToBytes,
} from "../../../protocol/bytes.ts";
import { verifyEd25519 } from "../../../protocol/ed25519.ts";
import { primaryOf } from "../../../protocol/identity.ts";
import { canonicalBytes } from "../../../protocol/jcs.ts";
import {
  authorizeRequest,
  REQUEST_WINDOW_MS,
  type RequestToAuthorize,
  verifyRequestAuthorization,
} from "../../../protocol/request_auth.ts";
import { signDocument } from "../../../protocol/signed_document.ts";
import { hasCode, mutations } from "./support.ts";
import { randomBytes } from "../../support/random_bytes.ts";

const nowMs = Date.parse("2026-05-25T03:00:00Z");
const identitySecret = randomBytes(32);
const nonce = bytesToHex(randomBytes(16));
const request: RequestToAuthorize = {
  server: "kez.lat",
  method: "POST",
  path: "/v1/push/subscriptions?a=b%20c",
  body: utf8ToBytes('{"a":1}'),
};
const header = authorizeRequest(request, { identitySecret, nowMs, nonce });
const refused = hasCode("unauthorized");

const verify = (value: string | null, other: Partial<RequestToAuthorize> = {}, atMs = nowMs) =>
  verifyRequestAuthorization(value, {
    request: { ...request, ...other },
    nowMs: atMs,
    verifyEd25519,
  });

function decoded() {
  const bytes = decodeBase64url(header.slice("Kez ".length))!;
  return JSON.parse(new TextDecoder().decode(bytes));
}
const encoded = (document: unknown) => `Kez ${encodeBase64url(canonicalBytes(document))}`;

Deno.test("an authorization verifies for the request it was signed for", async () => {
  const primary = primaryOf(identitySecret);
  assert.deepEqual(await verify(header), { primary, nonce, createdAtMs: nowMs });
  assert.deepEqual(decoded().payload, {
    type: "kez.chat.request",
    version: 1,
    primary,
    server: "kez.lat",
    method: "POST",
    path: "/v1/push/subscriptions?a=b%20c",
    body_sha256: "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
    created_at: "2026-05-25T03:00:00Z",
    nonce,
  });
});

Deno.test("no body and an empty one are the same", async () => {
  for (const body of [null, new Uint8Array()]) {
    const bare = authorizeRequest({ ...request, body }, { identitySecret, nowMs, nonce });
    await verify(bare, { body: null });
    await verify(bare, { body: new Uint8Array() });
    await assert.rejects(verify(bare, { body: new Uint8Array(1) }), refused);
  }
});

for (
  const [name, other] of Object.entries<Partial<RequestToAuthorize>>({
    "server": { server: "other.example" },
    "method": { method: "DELETE" },
    "path": { path: "/v1/push/subscriptions" },
    "path's encoding": { path: "/v1/push/subscriptions?a=b+c" },
    "body": { body: utf8ToBytes('{"a":2}') },
    "body (none)": { body: null },
  })
) {
  Deno.test(`an authorization does not fit another ${name}`, async () => {
    await assert.rejects(verify(header, other), refused);
  });
}

Deno.test("any field changed breaks the authorization", async () => {
  let count = 0;
  for (const document of mutations(decoded())) {
    await assert.rejects(verify(encoded(document)), refused, JSON.stringify(document));
    count++;
  }
  assert.equal(count, 13);
});

Deno.test("created_at may be five minutes off either way, and no more", async () => {
  for (const sign of [-1, 1]) {
    await verify(header, {}, nowMs + sign * REQUEST_WINDOW_MS);
    const late = verify(header, {}, nowMs + sign * (REQUEST_WINDOW_MS + 1));
    await assert.rejects(late, refused);
  }
});

const [, token] = header.split(" ") as [string, string];
for (
  const [name, value] of Object.entries({
    "nothing": null,
    "an empty header": "",
    "a scheme alone": "Kez",
    "no document": "Kez ",
    "another scheme": `Bearer ${token}`,
    "no scheme": token,
    "padding": `${header}=`,
    "base64 of the other alphabet": `Kez ${token.slice(0, -3)}+/+`,
    "white space inside": `Kez  ${token}`,
    "bytes that are no UTF-8": `Kez ${encodeBase64url(new Uint8Array([255, 254]))}`,
    "text that is no JSON": `Kez ${encodeBase64url(utf8ToBytes("{"))}`,
    "null": encoded(null),
    "an array": encoded([decoded()]),
    "nested arrays": `Kez ${encodeBase64url(utf8ToBytes("[".repeat(3000) + "]".repeat(3000)))}`,
    "20 KiB": `Kez ${"A".repeat(20 * 1024)}`,
  })
) {
  Deno.test(`${name} is no authorization`, async () => {
    await assert.rejects(verify(value), refused);
  });
}

for (
  const [name, overrides] of Object.entries({
    "a nonce of upper-case hex": { nonce: "A".repeat(32) },
    "a short nonce": { nonce: "a".repeat(30) },
    "an empty nonce": { nonce: "" },
    "a nonce that is a number": { nonce: 5 },
    "a body digest that is missing": { body_sha256: undefined },
    "another type": { type: "kez.chat.handle_registration" },
    "another version": { version: 2 },
    "a time without a zone": { created_at: "2026-05-25T03:00:00" },
    "somebody else's primary": { primary: primaryOf(randomBytes(32)) },
  })
) {
  Deno.test(`a well signed request with ${name} is refused`, async () => {
    const payload = JSON.parse(JSON.stringify({ ...decoded().payload, ...overrides }));
    const document = signDocument("request", { payload, identitySecret });
    await assert.rejects(verify(encoded(document)), refused);
  });
}

Deno.test("a registration is no authorization, though the same key signed it", async () => {
  const { payload } = decoded();
  const document = signDocument("handle_registration", { payload, identitySecret });
  await assert.rejects(verify(encoded(document)), refused);
});

Deno.test("a fault of the verifier is not taken for a bad authorization", async () => {
  const failing = verifyRequestAuthorization(header, {
    request,
    nowMs,
    verifyEd25519: () => Promise.reject(new Error("worker gone")),
  });
  await assert.rejects(failing, /worker gone/);
});
