import type { SessionPhase } from "./session/session.ts";

/**
 * Where a path leads. `peer` and `handle` are decoded and in lower case; `hasDetails` where the contact's details are open
 * too; `fragment` is what follows `#`.
 */
export type Route =
  | { name: "start" }
  | { name: "create" }
  | { name: "restore" }
  | { name: "chats"; peer: string | null; hasDetails: boolean }
  | { name: "settings" }
  | { name: "dashboard" }
  | { name: "identity" }
  | { name: "claims" }
  | { name: "add_claim" }
  | { name: "profile"; handle: string }
  | { name: "invite"; fragment: string }
  | { name: "unknown" };

const SIMPLE: Record<string, Route> = {
  "/": { name: "start" },
  "/create": { name: "create" },
  "/restore": { name: "restore" },
  "/chats": { name: "chats", peer: null, hasDetails: false },
  "/settings": { name: "settings" },
  "/dashboard": { name: "dashboard" },
  "/identity": { name: "identity" },
  "/claims": { name: "claims" },
  "/claims/add": { name: "add_claim" },
};

/** Reads a URL's pathname and fragment; a slash at the end of the path does not matter. */
export function parseRoute(pathname: string, fragment = ""): Route {
  const path = pathname.length > 1 ? pathname.replace(/\/$/, "") : pathname;
  if (path === "/i") return { name: "invite", fragment: fragment.replace(/^#/, "") };
  if (Object.hasOwn(SIMPLE, path)) return SIMPLE[path]!;
  const [, first, second, ...rest] = path.split("/");
  const segment = decodeSegment(second ?? "");
  if (segment === null || segment === "") return { name: "unknown" };
  const hasDetails = rest.length === 1 && rest[0] === "details";
  if (first === "chats" && (hasDetails || rest.length === 0)) {
    return { name: "chats", peer: segment, hasDetails };
  }
  if (rest.length > 0) return { name: "unknown" };
  if (first === "u") return { name: "profile", handle: segment };
  return { name: "unknown" };
}

/** The path of a thread. `@` and `:` stay readable, as the server lets them. */
export function threadPath(peer: string): string {
  return `/chats/${encodeURIComponent(peer).replaceAll("%40", "@").replaceAll("%3A", ":")}`;
}

/** The path of what is known of a thread's peer. */
export function detailsPath(peer: string): string {
  return `${threadPath(peer)}/details`;
}

function decodeSegment(segment: string): string | null {
  try {
    return decodeURIComponent(segment).toLowerCase();
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

/** True for the pages through which one comes to an account. */
export function isDoor({ name }: Route): boolean {
  return name === "start" || name === "create" || name === "restore";
}

/** The pages of an account. */
const OWN_PAGES: ReadonlySet<Route["name"]> = new Set([
  "chats",
  "settings",
  "dashboard",
  "identity",
  "claims",
  "add_claim",
]);

/**
 * The path that a page has to give way to in a phase of the session; null where it may stay.
 *
 * Without an account the chats lead to the start; with one, the start leads to the chats.
 */
export function redirect(route: Route, phase: SessionPhase): string | null {
  if (phase === "none" && OWN_PAGES.has(route.name)) return "/";
  return phase === "unlocked" && isDoor(route) ? "/chats" : null;
}
