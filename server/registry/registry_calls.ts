import * as v from "valibot";
import { serverOrigin } from "../../protocol/handle.ts";
import { formatInstant } from "../../protocol/instant.ts";
import { serverInvitePath } from "../../protocol/server_invite.ts";
import type { RegistrationMode } from "../config.ts";
import type { ControlCalls } from "../control/control_calls.ts";
import { StartFault } from "../start_fault.ts";
import type { HandleAdministration, ShownHandle } from "./handle_administration.ts";
import type { Invites } from "./invite_store.ts";
import { inviteId, type InviteRecord } from "./invites.ts";
import type { LiveHandle } from "./rules.ts";

/** An invite as lists show it: without its code. */
export interface ListedInvite {
  id: string;
  uses: number;
  uses_left: number;
  created_at: string;
  expires_at: string;
}

/** A new invite; its code is told this once. */
export interface CreatedInvite extends ListedInvite {
  code: string;
  link: string;
  /** Whether the server asks anybody for an invite. */
  registration: RegistrationMode;
}

/** A handle as lists show it. Times are RFC 3339. */
export interface ListedHandle {
  handle: string;
  /** `released`: nobody has it, and it stays with who had it; `reserved`: the operator keeps it back. */
  state: "live" | "released" | "reserved" | "free";
  since: string | null;
  primary: string | null;
  addr: string | null;
  nostr: string | null;
}

/** So many fit a line, whatever their handles are. */
const PAGE = 100;
/** More are not told apart from a mistake. */
const MAX_INVITE_USES = 10_000;

const CreateShape = v.object({
  uses: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_INVITE_USES)),
  expires_in_s: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Whose chat the link leads to as well. */
  from: v.nullable(v.string()),
});
const RevokeShape = v.object({ which: v.string() });
const HandleShape = v.object({ handle: v.string() });

/** What the commands `invite` and `handle` ask. */
export function registryCalls(
  { server, registration, invites, handles }: {
    server: string;
    registration: RegistrationMode;
    invites: Invites;
    handles: HandleAdministration;
  },
): ControlCalls {
  return {
    async "invite.create"(params): Promise<CreatedInvite> {
      const { uses, expires_in_s, from } = v.parse(CreateShape, params);
      const inviter = from === null ? null : await inviterOf(from, handles);
      const { code, record } = await invites.create({ uses, expiresInMs: expires_in_s * 1000 });
      const link = inviteLink(server, code, inviter);
      return { code, link, registration, ...listedInvite(record) };
    },
    async "invite.list"(_, { send }) {
      await sendPages(invites.list(), { send, show: listedInvite });
    },
    async "invite.revoke"(params): Promise<ListedInvite> {
      const { which } = v.parse(RevokeShape, params);
      const record = await invites.revoke(which);
      if (record) return listedInvite(record);
      throw new StartFault(
        "There is no such open invite: it was used up, is past its time, or never was. " +
          "kez-chat invite list shows those that are open.",
      );
    },
    async "handle.list"(_, { send }) {
      await sendPages(handles.list(), { send, show: listedHandle });
    },
    async "handle.show"(params): Promise<ListedHandle> {
      return listedHandle(await handles.show(v.parse(HandleShape, params).handle));
    },
    async "handle.reserve"(params) {
      await handles.reserve(v.parse(HandleShape, params).handle);
    },
    async "handle.release"(params) {
      return await handles.release(v.parse(HandleShape, params).handle);
    },
  };
}

/** The link of an invite on a server, and to a chat with `from`. */
export function inviteLink(
  server: string,
  code: string,
  from: { handle: string; primary: string } | null = null,
): string {
  return `${serverOrigin(server)}${serverInvitePath(code, from)}`;
}

async function inviterOf(handle: string, handles: HandleAdministration): Promise<LiveHandle> {
  const { record } = await handles.show(handle);
  if (record?.state === "live") return record;
  throw new StartFault(`Nobody has the handle ${handle}, so nobody can invite by it.`);
}

async function sendPages<T>(
  items: AsyncIterable<T>,
  { send, show }: { send(part: unknown): Promise<void>; show(item: T): unknown },
): Promise<void> {
  let page: unknown[] = [];
  for await (const item of items) {
    page.push(show(item));
    if (page.length < PAGE) continue;
    await send(page);
    page = [];
  }
  if (page.length > 0) await send(page);
}

function listedInvite(record: InviteRecord): ListedInvite {
  return {
    id: inviteId(record),
    uses: record.uses,
    uses_left: record.usesLeft,
    created_at: formatInstant(record.createdAtMs),
    expires_at: formatInstant(record.expiresAtMs),
  };
}

function listedHandle({ handle, record, isReserved }: ShownHandle): ListedHandle {
  const primary = record?.primary ?? null;
  const addr = record?.addr ?? null;
  if (record?.state === "live") {
    const since = formatInstant(record.registeredAtMs);
    return { handle, state: "live", since, primary, addr, nostr: record.nostr };
  }
  const since = record ? formatInstant(record.releasedAtMs) : null;
  const state = isReserved ? "reserved" : record ? "released" : "free";
  return { handle, state, since, primary, addr, nostr: null };
}
