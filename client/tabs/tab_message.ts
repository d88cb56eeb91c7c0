import type { Session } from "../session/session.ts";
import { UserError, type UserErrorCode } from "../user_error.ts";
import type { ViewChanges } from "./view_changes.ts";

/** What all tabs show of the session. */
export interface SessionState
  extends Pick<Session, "phase" | "account" | "isPhraseSaved" | "locks"> {
  /** Why it does not start; null where it does. */
  failure: ErrorImage | null;
}

/** Before anything is known. */
export const NO_SESSION: SessionState = {
  phase: "starting",
  account: null,
  isPhraseSaved: false,
  locks: null,
  failure: null,
};

/** What may be asked of the session in the leading tab: nothing that takes a secret. (Keys that can be used and not read may cross.) */
export type SessionCommands = Pick<
  Session,
  "lock" | "signOut" | "markPhraseSaved" | "dismissErased" | "changeLocks" | "deleteAccount"
>;

/** A view of the leading tab, as it is when it is first seen. */
export interface ViewImage {
  /** `session`, `chats`, or a name of its own for each open thread. */
  view: string;
  state: Record<string, unknown>;
  methods: string[];
}

/** What the leading tab says. */
export type LeaderMessage =
  /** This tab leads from now on: whoever follows says hello. */
  | { type: "announce" }
  | { type: "welcome"; session: SessionState; chats: ViewImage | null }
  | { type: "session"; session: SessionState }
  /** Other chats; null where the account is closed. */
  | { type: "chats"; chats: ViewImage | null }
  | { type: "changes"; view: string; changes: ViewChanges }
  | { type: "answer"; call: string; answer: unknown }
  | { type: "refusal"; call: string; error: ErrorImage }
  | { type: "alive" }
  | { type: "left" };

/** Asks the leading tab for what a view's method does. */
export interface CallMessage {
  type: "call";
  /** Names the call for its answer. */
  call: string;
  view: string;
  method: string;
  args: unknown[];
}

/** What the others say. */
export type FollowerMessage =
  | { type: "hello" }
  | CallMessage
  | { type: "ping" }
  /** The person looks at this tab now. */
  | { type: "wake" };

/** What every message carries, in every version of the app. */
export interface Envelope {
  version: string;
  /** The tab; for a leader the name of this very time of leading. */
  from: string;
  /** Null for everybody. */
  to: string | null;
}

export type TabMessage = Envelope & (LeaderMessage | FollowerMessage);

/** How tabs of this origin hear of each other. What crosses it stays in this browser's memory. */
export interface TabChannel {
  /** To every other tab. @throws DOMException where something in it cannot be cloned */
  post(message: TabMessage): void;
  listen(listener: (message: TabMessage) => void): void;
}

/** @param name every tab of the origin that names it hears the others */
export function createTabChannel(name: string): TabChannel {
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    listen: (listener) => channel.addEventListener("message", ({ data }) => listener(data)),
  };
}

/** An error as it crosses: its code where it has words, else what a developer needs. */
export type ErrorImage = { code: UserErrorCode; detail?: string } | { message: string };

export function imageOfError(error: unknown): ErrorImage {
  if (!(error instanceof UserError)) return { message: String(error) };
  const { code, detail } = error;
  return detail === undefined ? { code } : { code, detail };
}

export function errorOfImage(image: ErrorImage): Error {
  return "code" in image ? new UserError(image.code, image) : new Error(image.message);
}
