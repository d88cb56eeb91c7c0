import { createHmac, randomBytes } from "node:crypto";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogFields = Record<string, string | number | boolean | null>;

/**
 * Writes one line an event. At `info` and above, fields hold no handle, addr, IP address, content,
 * key or token; below, only their `pseudonym`. (Specification page 8)
 */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export interface LogOptions {
  level: LogLevel;
  format: "text" | "json";
  /** Takes one line with its line feed. */
  write(line: string): void;
  nowMs(): number;
}

/** No single value may flood the log; a URL, an error's message and a path all fit. */
const MAX_VALUE_CHARACTERS = 1000;

/** Control characters, and the Unicode ones that would break a line or turn a terminal's text around. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/** A text from anywhere, fit for a line on a terminal: cut, and with control characters written out. */
export function printable(text: string): string {
  const cut = text.length > MAX_VALUE_CHARACTERS ? `${text.slice(0, MAX_VALUE_CHARACTERS)}…` : text;
  return cut.replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function textValue(value: string | number | boolean | null): string {
  if (typeof value !== "string") return String(value);
  const text = printable(value);
  return /^[^\s"=]+$/.test(text) ? text : `"${text.replace(/"/g, '\\"')}"`;
}

function textLine(level: LogLevel, event: string, fields: LogFields, time: string): string {
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${textValue(value)}`);
  return `${time} ${level.padEnd(5)} ${printable(event)}${pairs.join("")}\n`;
}

function jsonLine(level: LogLevel, event: string, fields: LogFields, time: string): string {
  const values = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === "string" ? printable(value) : value,
  ]);
  const head = { time, level, event: printable(event) };
  // Spread twice: the head stands first, and no field can replace it.
  return `${JSON.stringify({ ...head, ...Object.fromEntries(values), ...head })}\n`;
}

/** A log that writes lines of at least `level`: `key=value` text for people, or JSON lines for machines. */
export function createLog({ level, format, write, nowMs }: LogOptions): Log {
  const lowest = LOG_LEVELS.indexOf(level);
  const line = format === "json" ? jsonLine : textLine;
  const at = (own: LogLevel) => (event: string, fields: LogFields = {}) => {
    if (LOG_LEVELS.indexOf(own) < lowest) return;
    write(line(own, event, fields, new Date(nowMs()).toISOString()));
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

const salt = randomBytes(32);

/** What a log may say instead of a handle, addr or IP address: 8 hex, the same for one process's life. */
export function pseudonym(value: string): string {
  return createHmac("sha256", salt).update(value).digest("hex").slice(0, 8);
}

/** The message of whatever was thrown, for a log's field. */
export function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
