import assert from "node:assert/strict";
import { eventId, type NostrEvent } from "../../../protocol/nostr_event.ts";
import { matchesFilter, parseFilter } from "../../../protocol/nostr_filter.ts";
import type { Frame } from "./test_client.ts";

/** What the answer to a message is about. Null: no answer is due. */
export type Due =
  | { verbs: ["NOTICE"] }
  | {
    verbs: ["OK"] | ["EOSE", "CLOSED"] | ["COUNT", "CLOSED"] | ["NEG-MSG", "NEG-ERR"];
    id: string;
  }
  | null;

/** Deeper than this a text is no message; a relay need not look at what stands in it. */
const MAX_DEPTH = 16_384;
const REFUSAL = /^(duplicate|invalid|blocked|rate-limited|auth-required|restricted|error): ./;
const NEGENTROPY_REFUSAL = /^(invalid|blocked|rate-limited|auth-required|error|closed): ./;
const NOTICED = /^invalid: ./;

/** The answer that a text message must have, by what stands in it. (NIP-01, NIP-42, NIP-45, NIP-77) */
export function dueAnswer(text: string): Due {
  const notice: Due = { verbs: ["NOTICE"] };
  const [verb, about] = parsed(text);
  const isId = typeof about === "string" && about.length >= 1 && about.length <= 64;
  switch (verb) {
    case "EVENT":
    case "AUTH": {
      const id = isObject(about) ? about.id : null;
      // An id that is none is cut: a relay need not send back whatever it was sent.
      return typeof id === "string" ? { verbs: ["OK"], id: id.slice(0, 64) } : notice;
    }
    case "REQ":
      return isId ? { verbs: ["EOSE", "CLOSED"], id: about } : notice;
    case "COUNT":
      return isId ? { verbs: ["COUNT", "CLOSED"], id: about } : notice;
    case "NEG-OPEN":
    case "NEG-MSG":
      return isId ? { verbs: ["NEG-MSG", "NEG-ERR"], id: about } : notice;
    case "CLOSE":
    case "NEG-CLOSE":
      return isId ? null : notice;
    default:
      return notice;
  }
}

/** @throws AssertionError where a frame is no right answer to a text, or its words are not for machines too */
export function checkAnswer(
  frame: Frame,
  { text, due }: { text: string; due: NonNullable<Due> },
): void {
  const [verb, about, value, reason] = frame;
  assert.ok((due.verbs as string[]).includes(verb), `${verb} for ${due.verbs}`);
  if ("id" in due) assert.equal(about, due.id);
  checkWords(frame);
  if (verb === "OK" && value === true) {
    const [, event] = parsed(text) as [string, NostrEvent];
    assert.equal(eventId(event), event.id, "an event was taken whose id is another's");
    assert.match(reason as string, /^$|^duplicate: ./);
  }
}

/** @throws AssertionError where a frame is none that a relay sends of itself, or its words have no prefix */
export function checkWords(frame: Frame): void {
  const [verb, about, value, reason] = frame;
  const words = { OK: reason, NOTICE: about, CLOSED: value, "NEG-ERR": value }[verb];
  if (words !== undefined) assert.ok(typeof words === "string" && words.length < 300);
  if (verb === "OK" && value === true) return;
  if (verb === "OK" || verb === "CLOSED") assert.match(words as string, REFUSAL);
  else if (verb === "NEG-ERR") assert.match(words as string, NEGENTROPY_REFUSAL);
  else if (verb === "NOTICE") assert.match(words as string, NOTICED);
  else if (verb === "NEG-MSG") assert.match(value as string, /^([0-9a-f]{2})+$/);
  else if (verb === "COUNT") assert.ok(Number.isSafeInteger((value as { count: number }).count));
  else assert.ok(["EOSE", "EVENT", "AUTH"].includes(verb), verb);
}

/** True where a REQ's text has a filter that an event fits. */
export function isAskedFor(event: NostrEvent, reqText: string): boolean {
  const [, , ...filters] = parsed(reqText);
  return filters.some((filter) => matchesFilter(parseFilter(filter), event));
}

function parsed(text: string): unknown[] {
  if (depthOf(text) > MAX_DEPTH) return [];
  try {
    const frame = JSON.parse(text);
    return Array.isArray(frame) ? frame : [];
  } catch {
    return [];
  }
}

/** How deep brackets go, those in strings left out. */
function depthOf(text: string): number {
  let [depth, deepest, isString, isEscaped] = [0, 0, false, false];
  for (const char of text) {
    if (isString) {
      if (!isEscaped && char === '"') isString = false;
      isEscaped = !isEscaped && char === "\\";
    } else if (char === '"') isString = true;
    else if (char === "[" || char === "{") deepest = Math.max(deepest, ++depth);
    else if (char === "]" || char === "}") depth -= 1;
  }
  return deepest;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
