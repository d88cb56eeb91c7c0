import assert from "node:assert/strict";
import {
  type BlobAuthRules,
  blobAuthTemplate,
  parseBlobAuth,
} from "../../../protocol/blob_auth.ts";
import { encodeNostrAuthorization } from "../../../protocol/nostr_authorization.ts";
import { signEvent } from "../../../protocol/nostr_event.ts";

const NOW_S = 1_800_000_000;
const SHA256 = "ab".repeat(32);
const nostrSecret = new Uint8Array(32).fill(7);
const RULES: BlobAuthRules = { verb: "upload", sha256: SHA256, server: "kez.lat", nowS: NOW_S };

function header(
  { tags, created_at = NOW_S, kind = 24242 }: {
    tags: string[][];
    created_at?: number;
    kind?: number;
  },
): string {
  const template = { kind, created_at, tags, content: "" };
  return encodeNostrAuthorization(signEvent(template, { nostrSecret, random: new Uint8Array(32) }));
}

const T = ["t", "upload"];
const X = ["x", SHA256];
const EXPIRATION = ["expiration", String(NOW_S + 1)];

Deno.test("what is signed by the template is allowed", () => {
  const template = blobAuthTemplate({
    ...RULES,
    createdAtS: NOW_S,
    expiresAtS: NOW_S + 60,
  });
  const event = parseBlobAuth(header(template), RULES);
  assert.deepEqual(event.tags, template.tags);
});

const TAKEN: [name: string, tags: string[][], rules?: Partial<BlobAuthRules>][] = [
  ["without a server tag", [T, X, EXPIRATION]],
  ["with another blob as well", [T, ["x", "00".repeat(32)], X, EXPIRATION]],
  ["for this server by its URL", [T, X, EXPIRATION, ["server", "https://kez.lat/"]]],
  ["for this server among others", [T, X, EXPIRATION, ["server", "a.b"], ["server", "KEZ.lat"]]],
  ["for a server with a port", [T, X, EXPIRATION, ["server", "localhost:6969"]], {
    server: "localhost:6969",
  }],
  ["for a list, which needs no blob", [["t", "list"], EXPIRATION], { verb: "list", sha256: null }],
];

for (const [name, tags, rules] of TAKEN) {
  Deno.test(`an authorization ${name} is taken`, () => {
    parseBlobAuth(header({ tags }), { ...RULES, ...rules });
  });
}

const REFUSED: [name: string, event: Parameters<typeof header>[0], reason: RegExp][] = [
  ["of another kind", { tags: [T, X, EXPIRATION], kind: 27235 }, /kind 24242/],
  ["of the future", { tags: [T, X, EXPIRATION], created_at: NOW_S + 61 }, /future/],
  ["that ends now", { tags: [T, X, ["expiration", String(NOW_S)]] }, /expiration/],
  ["without an end", { tags: [T, X] }, /expiration/],
  ["whose end is no number", { tags: [T, X, ["expiration", "1e99"]] }, /expiration/],
  ["of another verb", { tags: [["t", "delete"], X, EXPIRATION] }, /t tag/],
  ["for another blob", { tags: [T, ["x", "cd".repeat(32)], EXPIRATION] }, /x tag/],
  ["for another server", { tags: [T, X, EXPIRATION, ["server", "a.b"]] }, /another server/],
];

for (const [name, event, reason] of REFUSED) {
  Deno.test(`an authorization ${name} is refused`, () => {
    assert.throws(() => parseBlobAuth(header(event), RULES), {
      name: "ProtocolError",
      code: "unauthorized",
      message: reason,
    });
  });
}

Deno.test("an authorization whose id is not its hash is refused", () => {
  const event = JSON.parse(atob(header({ tags: [T, X, EXPIRATION] }).slice("Nostr ".length)));
  const changed = `Nostr ${btoa(JSON.stringify({ ...event, content: "another" }))}`;
  assert.throws(() => parseBlobAuth(changed, RULES), /hash/);
});
