import { isHex } from "../../../protocol/bytes.ts";
import { clientKey } from "../../client_ip.ts";
import type { RelaySettings } from "./moderation.ts";

/** What is wrong with a call, in words for its caller. */
export class CallError extends Error {
  override readonly name = "CallError";
}

const MAX_TEXT_CHARACTERS = 500;
/** Longer than any address in any spelling. */
const MAX_IP_CHARACTERS = 64;
const LINE_FEED = /\n/g;

/** Reads a public key or an event id. @throws CallError */
export function hexParam(param: unknown, what: string): string {
  if (typeof param !== "string" || !isHex(param, 32)) {
    throw new CallError(`the ${what} must be 64 lower-case hex`);
  }
  return param;
}

/** Reads a reason; empty where there is none. @throws CallError */
export function reasonParam(param: unknown): string {
  return param === undefined || param === null ? "" : lineParam(param, "reason");
}

/**
 * Reads an address as `clientKey` names its client: an IPv6 address stands for its /64, and may be written as that.
 *
 * @throws CallError
 */
export function ipParam(param: unknown): string {
  const text = typeof param === "string" && param.length <= MAX_IP_CHARACTERS ? param : "";
  const address = text.includes(":") ? text.replace(/\/64$/, "") : text;
  const client = clientKey({ peer: address, forwardedFor: null }, []);
  if (client === "unknown") {
    throw new CallError("the address must be one of IPv4 or IPv6, like 203.0.113.7 or 2001:db8::1");
  }
  return client;
}

/** Reads a setting; null where the text is empty. @throws CallError */
export function settingParam(param: unknown, setting: keyof RelaySettings): string | null {
  if (param === "") return null;
  if (setting === "icon") return iconParam(param);
  if (setting === "name") return lineParam(param, setting);
  lineParam(typeof param === "string" ? param.replace(LINE_FEED, " ") : param, setting);
  return param as string;
}

function iconParam(param: unknown): string {
  const text = lineParam(param, "icon");
  const protocol = URL.canParse(text) ? new URL(text).protocol : "";
  if (protocol !== "https:" && protocol !== "http:") {
    throw new CallError("the icon must be a URL, like https://example.org/icon.png");
  }
  return text;
}

function lineParam(param: unknown, what: string): string {
  if (
    typeof param !== "string" || param.length > MAX_TEXT_CHARACTERS || /\p{Cc}/u.test(param) ||
    !param.isWellFormed()
  ) {
    throw new CallError(
      `the ${what} must be text of at most ${MAX_TEXT_CHARACTERS} characters without control characters`,
    );
  }
  return param;
}
