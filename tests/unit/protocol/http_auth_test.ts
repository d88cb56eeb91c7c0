import assert from "node:assert/strict";
import { base64 } from "@scure/base";
import { utf8ToBytes } from "../../../protocol/bytes.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import {
  checkHttpAuthPayload,
  httpAuthTemplate,
  parseHttpAuth,
} from "../../../protocol/http_auth.ts";
import { encodeNostrAuthorization } from "../../../protocol/nostr_authorization.ts";
import {
  type EventTemplate,
  type NostrEvent,
  signEvent,
  verifyEvent,
} from "../../../protocol/nostr_event.ts";

const URL_ASKED = "https://kez.lat/relay?x=1";
const BODY = utf8ToBytes('{"method":"supportedmethods","params":[]}');
const NOW_S = 1_700_000_000;
const rules = {
  method: "POST",
  isOwnUrl: ({ href }: URL) => href === URL_ASKED,
  nowS: NOW_S,
};

function signed(changes: Partial<EventTemplate> = {}): NostrEvent {
  const template = httpAuthTemplate({
    url: URL_ASKED,
    method: "POST",
    body: BODY,
    createdAtS: NOW_S,
  });
  const keys = { nostrSecret: new Uint8Array(32).fill(1), random: new Uint8Array(32) };
  return signEvent({ ...template, ...changes }, keys);
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ProtocolError, String(error));
    assert.equal(error.code, "unauthorized");
    return error.message;
  }
  assert.fail("it was taken");
}

function refusalOf(event: unknown): string {
  return refusal(() => parseHttpAuth(encodeNostrAuthorization(event as NostrEvent), rules));
}

Deno.test("a signed request is read as it was signed", () => {
  const event = signed();
  const parsed = parseHttpAuth(encodeNostrAuthorization(event), rules);
  assert.deepEqual(parsed, JSON.parse(JSON.stringify(event)));
  assert.ok(verifyEvent(parsed));
  checkHttpAuthPayload(parsed, BODY);
});

Deno.test("the example of NIP-98 is read, and names no URL: its tag has another name", () => {
  const header =
    "Nostr eyJpZCI6ImZlOTY0ZTc1ODkwMzM2MGYyOGQ4NDI0ZDA5MmRhODQ5NGVkMjA3Y2JhODIzMTEwYmUzYTU3ZGZl" +
    "NGI1Nzg3MzQiLCJwdWJrZXkiOiI2M2ZlNjMxOGRjNTg1ODNjZmUxNjgxMGY4NmRkMDllMThiZmQ3NmFhYmMyNGEwMDgxY2UyODU2ZjMz" +
    "MDUwNGVkIiwiY29udGVudCI6IiIsImtpbmQiOjI3MjM1LCJjcmVhdGVkX2F0IjoxNjgyMzI3ODUyLCJ0YWdzIjpbWyJ1cmwiLCJodHRw" +
    "czovL2FwaS5zbm9ydC5zb2NpYWwvYXBpL3YxL241c3AvbGlzdCJdLFsibWV0aG9kIiwiR0VUIl1dLCJzaWciOiI1ZWQ5ZDhlYzk1OGJj" +
    "ODU0Zjk5N2JkYzI0YWMzMzdkMDA1YWYzNzIzMjQ3NDdlZmU0YTAwZTI0ZjRjMzA0MzdmZjRkZDgzMDg2ODRiZWQ0NjdkOWQ2YmUzZTVh" +
    "NTE3YmI0M2IxNzMyY2M3ZDMzOTQ5YTNhYWY4NjcwNWMyMjE4NCJ9";
  const ofExample = { method: "GET", isOwnUrl: () => true, nowS: 1_682_327_852 };
  assert.match(refusal(() => parseHttpAuth(header, ofExample)), /u tag/);
});

Deno.test("the scheme is read in any case, as HTTP wants it", () => {
  const header = encodeNostrAuthorization(signed());
  parseHttpAuth(header.replace("Nostr ", "NOSTR  "), rules);
  parseHttpAuth(header.replace("Nostr ", "nostr "), rules);
});

Deno.test("a minute off the clock is the most", () => {
  for (const off of [-60, 60]) {
    parseHttpAuth(encodeNostrAuthorization(signed({ created_at: NOW_S + off })), rules);
  }
  for (const off of [-61, 61]) {
    assert.match(refusalOf(signed({ created_at: NOW_S + off })), /created_at.*60 seconds.*clock/);
  }
});

Deno.test("an event about something else is refused, with what is wrong", () => {
  const [u, method, payload] = signed().tags as [string[], string[], string[]];
  const cases: Array<[unknown, RegExp]> = [
    [signed({ kind: 22242 }), /kind 27235/],
    [signed({ tags: [["u", "https://kez.lat/relay"], method, payload] }), /u tag/],
    [signed({ tags: [["u", "kez.lat"], method, payload] }), /u tag/],
    [signed({ tags: [method, payload] }), /u tag/],
    [signed({ tags: [u, ["method", "GET"], payload] }), /method tag/],
    [signed({ tags: [u, payload] }), /method tag/],
    [{ ...signed(), content: "x" }, /id is not the hash/],
    [{ ...signed(), sig: undefined }, /holds no event: sig/],
    [[], /holds no event/],
    [null, /holds no event/],
  ];
  for (const [event, words] of cases) assert.match(refusalOf(event), words);
  parseHttpAuth(
    encodeNostrAuthorization(signed({ tags: [u, ["method", "post"], payload] })),
    rules,
  );
});

Deno.test("a header that is none is refused", () => {
  const encoded = encodeNostrAuthorization(signed()).slice("Nostr ".length);
  const encode = (text: string) => base64.encode(utf8ToBytes(text));
  assert.match(refusal(() => parseHttpAuth(null, rules)), /sign the request/);
  for (const header of ["", "Nostr", "Nostr ", `Bearer ${encoded}`, `Nostr${encoded}`]) {
    assert.match(refusal(() => parseHttpAuth(header, rules)), /is not Nostr/, header);
  }
  for (const text of ["abc", "====", `${encoded}!`, base64.encode(Uint8Array.of(0xff))]) {
    assert.match(refusal(() => parseHttpAuth(`Nostr ${text}`, rules)), /is not Nostr/, text);
  }
  assert.match(refusal(() => parseHttpAuth(`Nostr ${encode("{")}`, rules)), /holds no event/);
});

Deno.test("every body needs its hash, and no other", () => {
  const [u, method] = signed().tags as [string[], string[]];
  const bare = signed({ tags: [u, method] });
  const empty = new Uint8Array();
  checkHttpAuthPayload(bare, empty);
  assert.match(refusal(() => checkHttpAuthPayload(bare, BODY)), /payload tag is missing/);
  assert.match(refusal(() => checkHttpAuthPayload(signed(), empty)), /not the SHA-256/);
  assert.match(refusal(() => checkHttpAuthPayload(signed(), utf8ToBytes("{}"))), /not the SHA-256/);
});
