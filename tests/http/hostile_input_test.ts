import assert from "node:assert/strict";
import { checkCase, type HttpCase, testCases } from "./cases.ts";
import { makeAccount, openTestHttp, registrationOf, resigned } from "./support.ts";

const account = makeAccount();
const good = registrationOf(account, { handle: "alice" });
const post = { method: "POST", path: "/v1/register" } as const;
const malformed = { status: 400, problem: "malformed" } as const;

const NOT_DOCUMENTS: Record<string, BodyInit> = {
  "nothing": "",
  "white space": " \n",
  "half an object": '{"kez":',
  "a comment": `/* */${JSON.stringify(good)}`,
  "two objects": `${JSON.stringify(good)}{}`,
  "null": "null",
  "a number": "1",
  "a string": '"kez"',
  "an array": JSON.stringify([good]),
  "an empty object": "{}",
  "not UTF-8": new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]),
  "a byte order mark": `\uFEFF${JSON.stringify(good)}`,
  "a zero byte": "\0",
  "10,000 nested arrays": "[".repeat(10_000) + "]".repeat(10_000),
  "10,000 arrays that do not end": "[".repeat(10_000),
  "10,000 nested objects": '{"a":'.repeat(10_000) + "1" + "}".repeat(10_000),
  "nesting inside the payload": JSON.stringify({
    ...good,
    payload: { ...good.payload, deep: JSON.parse("[".repeat(65) + "]".repeat(65)) },
  }),
  "a fraction": JSON.stringify({ ...good, payload: { ...good.payload, at: 0.5 } }),
  "a number past all bounds": JSON.stringify(good).replace('"version":1', '"version":1e400'),
  "half a surrogate pair": JSON.stringify(good).replace('"alice"', '"\\ud800"'),
  "a form": "kez=handle_registration",
  "XML": "<?xml version='1.0'?><kez/>",
};

testCases("POST /v1/register refuses as malformed", {
  cases: Object.entries(NOT_DOCUMENTS).map(([name, body]) => ({
    name,
    ...post,
    body,
    ...malformed,
  })),
});

function* wrongTypes(value: unknown, path: string): Generator<[string, (copy: unknown) => void]> {
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    for (const wrong of [null, 5, true, [], {}, "", undefined]) {
      if (typeof wrong === typeof member && !(wrong === null || Array.isArray(wrong))) continue;
      yield [`${path}.${name} = ${JSON.stringify(wrong)}`, (copy) => {
        (copy as Record<string, unknown>)[name] = wrong;
      }];
    }
    for (const [deeper, spoil] of wrongTypes(member, `${path}.${name}`)) {
      yield [deeper, (copy) => spoil((copy as Record<string, unknown>)[name])];
    }
  }
}

Deno.test("POST /v1/register refuses every member of a wrong type, and stores nothing", async () => {
  await using http = await openTestHttp();
  let count = 0;
  for (const [name, spoil] of wrongTypes(good, "document")) {
    const body = structuredClone(good);
    spoil(body);
    // The nostr link is looked at only after the signature, which covers it.
    const isInLink = name.startsWith("document.payload.nostr");
    const expected = isInLink ? { status: 401, problem: "bad_signature" } as const : malformed;
    await checkCase(http, { name, ...post, body, ...expected });
    count++;
  }
  assert.ok(count > 60, String(count));
  for await (const entry of http.kv.list({ prefix: ["registry"] })) assert.fail(String(entry.key));
});

for (
  const [name, nostr] of Object.entries({
    "null": null,
    "a string": "npub",
    "no signature": { pubkey: account.nostr },
    "upper-case hex": { ...good.payload.nostr, pubkey: account.nostr.toUpperCase() },
    "a point that is not on the curve": { ...good.payload.nostr, pubkey: "f".repeat(64) },
    "zeros": { pubkey: "0".repeat(64), sig: "0".repeat(128) },
  })
) {
  testCases("a well signed nostr link is refused where it is", {
    cases: [{
      name,
      ...post,
      body: resigned(good, { account, members: { nostr } }),
      status: 400,
      problem: "bad_nostr_link",
    }],
  });
}

const HOSTILE_TEXTS = {
  "SQL": "'; DROP TABLE handles; --",
  "HTML": "<script>alert(1)</script>",
  "right-to-left text": "\u202Egnp.exe",
  "emoji": "👩‍👩‍👧‍👦🏴‍☠️",
  "Arabic": "أليس",
  "a look-alike": "аlice",
  "a zero byte": "ali\0ce",
  "a line feed": "alice\n",
  "a path": "../../etc/passwd",
  "a template": "${7*7}{{7*7}}",
  "a prototype": "__proto__",
  "5,000 characters": "a".repeat(5_000),
};

/** What each text field answers that holds none of these texts. */
const FIELDS: Record<string, Pick<HttpCase, "status" | "problem">> = {
  type: { status: 400, problem: "unsupported_document" },
  primary: { status: 400, problem: "key_mismatch" },
  server: { status: 400, problem: "wrong_server" },
  handle: { status: 400, problem: "invalid_handle" },
  created_at: { status: 400, problem: "stale_timestamp" },
  nostr: { status: 400, problem: "bad_nostr_link" },
  unknown_member: { status: 201 },
};

for (const [field, expected] of Object.entries(FIELDS)) {
  testCases(`well signed, in ${field}`, {
    cases: Object.entries(HOSTILE_TEXTS).map(([name, text]) => ({
      name,
      ...post,
      body: resigned(good, { account, members: { [field]: text } }),
      ...expected,
    })),
  });
}

for (
  const [field, problem, status] of [
    ["kez", "unsupported_document", 400],
    ["alg", "unsupported_document", 400],
    ["key", "key_mismatch", 400],
    ["sig", "bad_signature", 401],
  ] as const
) {
  testCases(`around the payload, in ${field}`, {
    cases: Object.entries(HOSTILE_TEXTS).map(([name, text]) => ({
      name,
      ...post,
      body: field === "kez"
        ? { ...good, kez: text }
        : { ...good, signature: { ...good.signature, [field]: text } },
      status,
      problem,
    })),
  });
}

testCases("hostile text in a path or query", {
  cases: Object.entries(HOSTILE_TEXTS).flatMap(([name, text]) => [
    {
      name: `look-up of ${name}`,
      path: `/v1/u/${encodeURIComponent(text)}`,
      status: 404,
      problem: "unknown_handle" as const,
    },
    {
      name: `NIP-05 name of ${name}`,
      path: `/.well-known/nostr.json?name=${encodeURIComponent(text)}`,
      status: 200,
      answer: { names: {} },
    },
  ]),
});

const tooLarge = { status: 413, problem: "too_large" } as const;
const padded = (length: number) =>
  resigned(good, { account, members: { note: "x".repeat(length) } });
/** A little over what the rest of the document takes. */
const overhead = JSON.stringify(padded(0)).length;

testCases("a body", {
  cases: [
    { name: "of 8 KiB is taken", ...post, body: padded(8192 - overhead), status: 201 },
    { name: "of a byte more is too large", ...post, body: padded(8193 - overhead), ...tooLarge },
    { name: "of 60 KiB is too large", ...post, body: padded(60 * 1024), ...tooLarge },
    { name: "of 64 KiB is read", ...post, body: "x".repeat(65_536), ...malformed },
    { name: "of a byte more is not", ...post, body: "x".repeat(65_537), ...tooLarge },
    { name: "of 1 MB is not", ...post, body: "x".repeat(1_000_000), ...tooLarge },
    {
      name: "of 1 MB is not, whatever Content-Length says",
      ...post,
      headers: { "Content-Length": "10" },
      body: "x".repeat(1_000_000),
      ...tooLarge,
    },
    {
      name: "that promises too much is not waited for",
      ...post,
      headers: { "Content-Length": "65537" },
      body: new ReadableStream({ pull: () => new Promise<void>(() => undefined) }),
      ...tooLarge,
    },
    {
      name: "of DELETE is bounded as well",
      method: "DELETE",
      path: "/v1/u/alice",
      body: "x".repeat(65_537),
      ...tooLarge,
    },
  ],
});
