import { isLoopbackServer } from "../../protocol/handle.ts";

/** Most relays of one contact to which mail is published. (Specification page 4) */
export const MAX_CONTACT_RELAYS = 4;

/** True for a relay's URL that this app connects to: `wss`, or `ws` on this very machine. */
export function isRelayUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, host } = new URL(text);
  return protocol === "wss:" || (protocol === "ws:" && isLoopbackServer(host));
}
