import { encodeBase64url } from "../../../protocol/bytes.ts";
import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import { makeEvent, makeMail, makePrivate, newPerson, nowS } from "./events.ts";
import type { Random } from "../../support/random.ts";

/** Signing takes long: a fuzz signs some events at its beginning, and sends them again and again. */
export function signedEvents(): NostrEvent[] {
  const author = newPerson();
  const reader = newPerson();
  const sign = (kind: number, tags: string[][] = [], content = "") =>
    makeEvent({ kind, tags, content }, author.secret);
  const note = sign(1, [["t", "x"], ["e"], ["p", reader.pubkey, "wss://a.example.org"]], "hello");
  const events = [
    ...[note, sign(0, [], '{"name":"a"}'), sign(3), sign(10_002, [["r", "wss://a.example.org"]])],
    ...[sign(30_023, [["d", "half \ud800"]]), sign(30_023, [["d", "x\0"]]), sign(30_023)],
    ...[
      sign(1, [["t", "\udfff"], ["t", "x\0"]], "\ud800 \0 \u2028 \u{1f9a6} \ufeff"),
      sign(65_535),
    ],
    ...[sign(20_001, [["t", "x"]]), sign(5, [["e", note.id], ["a", `0:${author.pubkey}:`]])],
    ...[sign(1, [["-"]]), sign(6, [], JSON.stringify(note)), sign(1, [["", ""]]), sign(22_242)],
    ...[sign(1, [["expiration", `${nowS() + 3_600}`]]), sign(1, [["expiration", "1"]])],
    ...[sign(1, Array.from({ length: 1_001 }, () => ["t", "x"])), sign(1, [], "x".repeat(70_000))],
    ...[
      sign(1, Array.from({ length: 1_000 }, (_, i) => ["t", `${i}`])),
      sign(9, [], '\\"'.repeat(9_000)),
    ],
    makeEvent({ kind: 62, tags: [["relay", "ALL_RELAYS"]] }),
    makeEvent({ kind: 62, tags: [["relay", "wss://another.example.org"]] }),
    ...[0, 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1].map((created_at) => makeEvent({ created_at })),
    ...[4, 1059, 21_059, 4243, 4244, 24_243].map((kind) => makePrivate(kind, reader)),
    makeMail(reader.addr, {
      content: JSON.stringify({ v: 2, enc: "", ct: encodeBase64url(new Uint8Array(9)) }),
    }),
    makeMail(reader.addr, { tags: [["q", reader.addr], ["q", reader.addr]] }),
  ];
  return events;
}

const IDS = ["a", "b", "c", "\u{1f9a6}", "half \ud800", "\0", '"', "constructor", "__proto__"];

/** A message that NIP-01, 42, 45 or 77 knows. */
export function validFrame(random: Random, events: readonly NostrEvent[]): unknown[] {
  const id = random.pick(IDS);
  switch (random.int(9)) {
    case 0:
    case 1:
      return ["EVENT", random.pick(events)];
    case 2:
    case 3:
      return ["REQ", id, ...someFilters(random, events)];
    case 4:
      return ["COUNT", id, ...someFilters(random, events)];
    case 5:
      return [random.pick(["CLOSE", "NEG-CLOSE"]), id];
    case 6:
      return ["AUTH", random.pick(events)];
    case 7:
      return ["NEG-OPEN", id, filterFor(random, events), negentropyMessage(random)];
    default:
      return ["NEG-MSG", id, negentropyMessage(random)];
  }
}

function someFilters(random: Random, events: readonly NostrEvent[]): unknown[] {
  return Array.from({ length: 1 + random.int(3) }, () => filterFor(random, events));
}

function filterFor(random: Random, events: readonly NostrEvent[]): Record<string, unknown> {
  const { id, pubkey, kind, created_at } = random.pick(events);
  const members: Record<string, unknown> = {
    ids: [id],
    authors: [pubkey],
    kinds: [kind, 1],
    since: created_at - 10,
    until: created_at,
    limit: random.int(20),
    "#t": ["x", "\udfff", "x\0"],
    "#d": ["half \ud800", ""],
    "#p": [pubkey],
    "#q": [id],
    search: "x",
  };
  return Object.fromEntries(Object.entries(members).filter(() => random.oneIn(4)));
}

/** Messages of version 1: an empty one, a fingerprint of everything, no ids, an id, then some of no meaning. */
function negentropyMessage(random: Random): string {
  const zeros = "00".repeat(16);
  const meant = ["61", `61000001${zeros}`, "6100000200", `6100000201${random.hex()}`, "6200"];
  if (random.oneIn(2)) return random.pick(meant);
  return `61${random.hex().repeat(random.int(4))}`;
}

/** JSON texts that stand in the place of another value. */
const HOSTILE = [
  ...[
    "null",
    "true",
    "0",
    "-0",
    "-1",
    "1.5",
    "1e999",
    "-1e999",
    "1e-400",
    "9007199254740993",
    "65536",
  ],
  ...[
    "1" + "0".repeat(400),
    '""',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0000"',
    '"\u2028"',
    '"\ufeff"',
  ],
  ...[
    "[]",
    "{}",
    "[[]]",
    "[null]",
    '{"__proto__":1}',
    '{"constructor":{"prototype":1}}',
    '{"length":1e9}',
  ],
  ...[`"${"f".repeat(64)}"`, `"${"F".repeat(64)}"`, `"${"f".repeat(128)}"`, `"${"x".repeat(65)}"`],
  ...[
    `"${"x".repeat(9_000)}"`,
    "[".repeat(900) + "]".repeat(900),
    '{"a":'.repeat(900) + "1" + "}".repeat(900),
  ],
  ...[
    '{"toJSON":1,"then":1,"toString":null}',
    `[${"1,".repeat(1_500)}1]`,
    '"EVENT"',
    '"\u{1f9a6}"',
  ],
];

/** Texts that are no message, whatever is done to them. */
const NO_MESSAGES = [
  ...[
    "",
    " ",
    "\ufeff[]",
    "null",
    "[]",
    "{}",
    '[""]',
    "[[]]",
    '["EVENT"',
    '["__proto__","a",{}]',
    "[1e999]",
  ],
  ...[
    "[".repeat(100_000),
    '["REQ","a",' + "[".repeat(50_000),
    '{"a":'.repeat(20_000),
    "\ud800",
    "\0",
  ],
  ...[
    '["toString","a"]',
    '["OK","a",true,""]',
    '["EOSE","a"]',
    '["NOTICE","a"]',
    '["NEG-ERR","a","b"]',
  ],
];

/** Longer messages end their connection, which another test is about. */
const MAX_CHARS = 100_000;

/** A message that was damaged, or never was one: text as it goes out. */
export function damagedFrame(random: Random, events: readonly NostrEvent[]): string {
  if (random.oneIn(12)) return random.pick(NO_MESSAGES);
  let text = random.oneIn(2)
    ? replaceValues(random, validFrame(random, events))
    : JSON.stringify(validFrame(random, events));
  if (random.oneIn(2)) return text.slice(0, MAX_CHARS);
  for (let times = 1 + random.int(3); times > 0; times--) text = damageText(random, text);
  // What goes over the wire is UTF-8, which has no half of a surrogate pair.
  return text.slice(0, MAX_CHARS).toWellFormed();
}

/** Random bytes, or those of text, that are sent as text. */
export function randomBytesOf(random: Random): Uint8Array {
  const length = random.int(random.oneIn(10) ? 20_000 : 60);
  const below = random.oneIn(2) ? 128 : 256;
  return Uint8Array.from({ length }, () => random.int(below));
}

/** JSON text of a value in which some others stand in the place of what was there. */
function replaceValues(random: Random, value: unknown, depth = 0): string {
  if (depth > 0 && random.oneIn(9)) return random.pick(HOSTILE);
  if (Array.isArray(value)) {
    const items = value.slice(0, 40).map((item) => replaceValues(random, item, depth + 1));
    if (random.oneIn(9)) items.splice(random.int(items.length + 1), 0, random.pick(HOSTILE));
    if (random.oneIn(9)) items.splice(random.int(items.length), 1);
    return `[${items.join(",")}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(() => !random.oneIn(20))
    .map(([name, member]) => `${JSON.stringify(name)}:${replaceValues(random, member, depth + 1)}`);
  if (random.oneIn(9)) members.push(`${random.pick(HOSTILE.filter((text) => text[0] === '"'))}:1`);
  if (members.length > 0 && random.oneIn(9)) members.push(random.pick(members));
  return `{${members.join(",")}}`;
}

function damageText(random: Random, text: string): string {
  const at = random.int(text.length + 1);
  const to = Math.min(text.length, at + 1 + random.int(random.oneIn(3) ? 200 : 4));
  const part = text.slice(at, to);
  const other = random.pick([
    '"',
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\\",
    "\\ud800",
    "0",
    "-",
    "e9",
    "\0",
    "\ud800",
    "\u{1f9a6}",
  ]);
  const damages = [
    () => text.slice(0, at) + other + text.slice(at + 1),
    () => text.slice(0, at) + text.slice(to),
    () => text.slice(0, to) + part + text.slice(to),
    () => text.slice(0, at) + other + text.slice(at),
    () => text.slice(0, at) + random.pick(HOSTILE) + text.slice(to),
    () => text.slice(0, at),
    () => part + text.slice(0, at) + text.slice(to),
  ];
  return random.pick(damages)();
}
