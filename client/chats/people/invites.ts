import type { Change } from "../../storage/chat_changes.ts";
import { type Invite, INVITE_CODE_BYTES, makeInvite } from "../../contacts/invite.ts";
import type { ChatStorage } from "../../storage/chat_storage.ts";
import type { Owner } from "../conversation/conversation_view.ts";
import type { Ledger } from "../ledger.ts";

/** A code that was given out, and who has come by it. */
export interface OpenInvite {
  code: string;
  createdAtMs: number;
  /** Primaries. */
  usedBy: string[];
}

/** How long a code lets somebody in. */
export const INVITE_VALID_MS = 30 * 24 * 60 * 60 * 1000;
/** How many people one code lets in. */
export const MAX_INVITE_USES = 10;
/** Codes that are open at a time; the oldest ends. */
export const MAX_OPEN_INVITES = 5;

/** One that is about to end is not given out any more. */
const GIVEN_OUT_MS = 7 * 24 * 60 * 60 * 1000;
const MAX_CODE_CHARACTERS = 64;
const NAME = "invites";

/** The codes that this account gave out on this device. */
export interface Invites {
  /** The newest code that others can still come by, or a new one. With `isRenewed` the earlier ones end. */
  open(options: { isRenewed: boolean }): Promise<Invite>;
}

/** Keeps the codes among the values of the account. */
export function createInvites(
  { ledger, owner, randomBytes, nowMs }: {
    ledger: Ledger;
    owner: Owner;
    randomBytes(length: number): Uint8Array;
    nowMs(): number;
  },
): Invites {
  return {
    open: ({ isRenewed }) =>
      ledger.write(async () => {
        const open = isRenewed ? [] : await openInvites(ledger.storage, nowMs());
        const code = open.findLast((one) => isGivenOut(one, nowMs()))?.code;
        if (code !== undefined) return { ...makeInvite(new Uint8Array(), owner), code };
        const invite = makeInvite(randomBytes(INVITE_CODE_BYTES), owner);
        const made = { code: invite.code, createdAtMs: nowMs(), usedBy: [] };
        const value = [...open, made].slice(-MAX_OPEN_INVITES);
        await ledger.commit([{ put: "value", name: NAME, value }]);
        return invite;
      }),
  };
}

/**
 * What it changes that a stranger shows a code; null where the code lets nobody in. A person comes by a code once. Call
 * it inside a write.
 */
export async function inviteChanges(
  code: string | null,
  { storage, primary, nowMs }: { storage: ChatStorage; primary: string; nowMs: number },
): Promise<Change[] | null> {
  if (code === null) return null;
  const open = await openInvites(storage, nowMs);
  const used = open.find((one) => one.code === code);
  if (!used || used.usedBy.length >= MAX_INVITE_USES || used.usedBy.includes(primary)) return null;
  const usedBy = [...used.usedBy, primary];
  const value = open.map((one) => (one === used ? { ...used, usedBy } : one));
  return [{ put: "value", name: NAME, value }];
}

/** The code in a message's payload, if it is one. */
export function inviteCodeOf({ invite }: { invite?: unknown }): string | null {
  const isCode = typeof invite === "string" && invite !== "" &&
    invite.length <= MAX_CODE_CHARACTERS;
  return isCode ? invite : null;
}

async function openInvites(storage: ChatStorage, nowMs: number): Promise<OpenInvite[]> {
  const kept = await storage.value<OpenInvite[]>(NAME) ?? [];
  return kept.filter(({ createdAtMs }) => nowMs - createdAtMs < INVITE_VALID_MS);
}

function isGivenOut({ createdAtMs, usedBy }: OpenInvite, nowMs: number): boolean {
  const leftMs = createdAtMs + INVITE_VALID_MS - nowMs;
  return leftMs > GIVEN_OUT_MS && usedBy.length < MAX_INVITE_USES;
}
