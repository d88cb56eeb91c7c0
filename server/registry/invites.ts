import { createHash } from "node:crypto";
import {
  makeServerInvite,
  readServerInvite,
  SERVER_INVITE_BYTES,
} from "../../protocol/server_invite.ts";
import { Problem } from "../problems.ts";

/** What is kept of an invite: not its code. One that is used up or past its time is forgotten. */
export interface InviteRecord {
  /** SHA-256 of the code, 64 hex. */
  hash: string;
  uses: number;
  usesLeft: number;
  createdAtMs: number;
  expiresAtMs: number;
}

/** Under what condition somebody may register. */
export type Admission =
  | { mode: "open" }
  | { mode: "closed" }
  | { mode: "invite"; code: string | null };

/** An invite as it is made; its code is told this once. */
export function makeInvite(
  { uses, expiresInMs, nowMs, random }: {
    uses: number;
    expiresInMs: number;
    nowMs: number;
    /** As many random bytes as it is asked for. */
    random: (bytes: number) => Uint8Array;
  },
): { code: string; record: InviteRecord } {
  const code = makeServerInvite(random(SERVER_INVITE_BYTES));
  const hash = hashOf(code);
  const record = {
    hash,
    uses,
    usesLeft: uses,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + expiresInMs,
  };
  return { code, record };
}

/** What an invite is called in lists: enough of its hash to tell it from others. */
export function inviteId({ hash }: InviteRecord): string {
  return hash.slice(0, 12);
}

/** The hash under which a code's invite would be kept; null where the text is no code. */
export function inviteHash(text: string): string | null {
  const code = readServerInvite(text);
  return code === null ? null : hashOf(code);
}

export function isOpen({ usesLeft, expiresAtMs }: InviteRecord, nowMs: number): boolean {
  return usesLeft > 0 && nowMs < expiresAtMs;
}

/** The invite after somebody registered by it; null where that was its last use. */
export function afterUse(invite: InviteRecord): InviteRecord | null {
  return invite.usesLeft > 1 ? { ...invite, usesLeft: invite.usesLeft - 1 } : null;
}

/**
 * Checks that somebody may register at all. (Specification page 3)
 *
 * @param invite that of the code which was shown
 * @throws Problem `registration_closed`, `invalid_invite`
 */
export function checkAdmission(
  admission: Admission,
  { invite, nowMs }: { invite: InviteRecord | null; nowMs: number },
): void {
  if (admission.mode === "open") return;
  if (admission.mode === "closed") {
    throw new Problem(
      "registration_closed",
      "This server takes no new accounts. Ask its host, or choose another server.",
    );
  }
  if (invite && isOpen(invite, nowMs)) return;
  throw new Problem(
    "invalid_invite",
    admission.code === null
      ? "This server lets people in by invitation. Ask its host for a code."
      : "This invite is unknown here, used up or past its time. Ask the server's host for another one.",
  );
}

function hashOf(code: string): string {
  return createHash("sha256").update(code).digest("hex");
}
