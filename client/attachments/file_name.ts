import { MAX_NAME_CHARS } from "../../protocol/message_body.ts";
import { BLANKS, UNSEEN } from "../unseen_text.ts";

/** What parts the folders of a path, and what some systems take in no name. */
const OF_PATHS = /[\\/:*?"<>|]/g;

/** A name that is safe to show and to save under: no path, nothing invisible, nothing that turns its end around. */
export function cleanFileName(name: string): string {
  const clean = name.toWellFormed().replace(UNSEEN, "_").replace(OF_PATHS, "_")
    .replace(BLANKS, " ")
    .replace(/^[\s.]+|[\s.]+$/g, "");
  if (clean.length <= MAX_NAME_CHARS) return clean || "file";
  const { ending } = splitName(clean);
  const start = clean.slice(0, MAX_NAME_CHARS - ending.length);
  // A cut between the halves of a character would leave a broken one.
  return start.toWellFormed().replace(/\ufffd$/u, "") + ending;
}

/** A name and its ending, by which systems choose what opens it: it must be seen, however little room there is. */
function splitName(name: string): { start: string; ending: string } {
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? "";
  return { start: name.slice(0, name.length - ending.length), ending };
}

/**
 * The end of a name that stays in sight before a short ending too: a date, a number, `final`. Names of other scripts may run
 * the other way: they are cut before their ending alone.
 */
const TAIL = /^(.{8,}?)([\p{Script=Latin}\p{N} ._()-]{6})$/su;
const MAX_ENDING_CHARS = 6;

/** The two halves of a name, between which it is cut where there is little room. */
export function halvesOf(name: string): { start: string; ending: string } {
  const { start, ending } = splitName(name);
  const halves = ending.length > MAX_ENDING_CHARS ? null : TAIL.exec(start);
  return halves ? { start: halves[1]!, ending: halves[2]! + ending } : { start, ending };
}

/** The name of a picture of a type, whatever ending it had. */
export function pictureName(name: string, type: string): string {
  const ending = type === "image/jpeg" ? "jpg" : type.slice("image/".length);
  return `${name.replace(/\.[A-Za-z0-9]{1,10}$/, "") || "photo"}.${ending}`;
}
