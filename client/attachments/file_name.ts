import { MAX_NAME_CHARS } from "../../protocol/message_body.ts";

// deno-lint-ignore no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\\/:*?"<>|]/gu;

/** A name that is safe to show and to save under: no path, nothing invisible, nothing that turns its end around. */
export function cleanFileName(name: string): string {
  const clean = name.toWellFormed().replace(UNSAFE, "_").replace(/^[\s.]+|[\s.]+$/g, "");
  if (clean.length <= MAX_NAME_CHARS) return clean || "file";
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(clean)?.[0] ?? "";
  const start = clean.slice(0, MAX_NAME_CHARS - ending.length);
  // A cut between the halves of a character would leave a broken one.
  return start.toWellFormed().replace(/\ufffd$/u, "") + ending;
}
