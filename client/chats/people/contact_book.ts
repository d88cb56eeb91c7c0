import { type ParsedHandle, parseHandleInput } from "../../../protocol/handle.ts";
import { isPrivateHost } from "../../../protocol/private_host.ts";
import type { ResolvedContact } from "../../contacts/resolve.ts";
import type { Change } from "../../storage/chat_changes.ts";
import type { ConversationRecord } from "../../storage/chat_records.ts";
import { UserError } from "../../user_error.ts";
import type { Ledger } from "../ledger.ts";

/** Who knows which identity is behind a handle. Both throw UserError, `no_network` and the like where nobody answers. */
export interface Directory {
  /** A handle of the home server, or `handle@server`. */
  resolve(input: string): Promise<ResolvedContact>;
  /** Asks the home server alone; null where it has no handle for this primary. */
  lookUpPrimary(primary: string): Promise<ResolvedContact | null>;
}

/** Keeps the handles of peers: asked for when that gives nothing away, pinned from then on. */
export interface ContactBook {
  /** Asks who a peer is, as far as its state allows. Never rejects. */
  confirm(primary: string): Promise<void>;
  /** {@link confirm} for everybody who could not be asked about before, or was at the home server under an earlier name of it. */
  confirmAll(): Promise<void>;
  /** Asks again where a contact's mail goes, at most every ten minutes. Never rejects. */
  refresh(primary: string): Promise<void>;
  /** What a look-up's answer changes; call it inside a write. */
  pinned(answer: ResolvedContact): Change[];
}

const REFRESH_PAUSE_MS = 10 * 60 * 1000;
/** A registry that has answered says the same again: it is asked once a session. */
const FINAL = new Set(["unknown_handle", "unproven_handle", "invalid_handle"]);

/**
 * A contact book over the conversations. An answer that names another identity than the pinned one blocks sending.
 * (Specification page 1, "Who is who")
 *
 * @param onPinned a peer's address is known now, or may have changed
 * @param onFault a look-up failed for another reason than the network, the registry or the disk
 */
export function createContactBook(
  { ledger, directory, account, nowMs, onPinned, onFault }: {
    ledger: Ledger;
    directory: Directory;
    account: { primary: string; server: string; formerServers?: string[] };
    nowMs(): number;
    onPinned(): void;
    onFault(error: unknown): void;
  },
): ContactBook {
  const asking = new Map<string, Promise<void>>();
  /** What was asked for a primary, where the answer named another one or none. */
  const answered = new Map<string, string>();
  const refreshedAtMs = new Map<string, number>();

  function pinned(answer: ResolvedContact): Change[] {
    const { handle, server, relays, nostr: peerNostr } = answer;
    const holder = holderOf(ledger, answer);
    const isChanged = holder !== null && holder.primary !== answer.primary;
    if (isChanged && isAcquainted(holder)) {
      const successor = { primary: answer.primary, relays };
      return [putConversation(holder, { state: "key_changed", successor })];
    }
    // Who was never accepted has no claim to a handle.
    const unpinned = isChanged ? [putConversation(holder, { contact: null })] : [];
    const known = ledger.conversation(answer.primary);
    if (!known || known.primary === account.primary) return unpinned;
    const state = known.state === "key_changed" ? "accepted" : known.state;
    const contact = { handle, server, relays };
    // What one key has published says nothing of another one.
    const isOther = known.peerNostr !== null && known.peerNostr !== peerNostr;
    const published = isOther ? { listedRelays: null, profile: null } : {};
    const changes = { state, contact, successor: null, peerNostr, ...published };
    return [...unpinned, putConversation(known, changes)];
  }

  async function ask(conversation: ConversationRecord): Promise<void> {
    const question = questionAbout(conversation, account.server);
    const { primary } = conversation;
    if (!question || answered.get(primary) === question.key) return;
    try {
      const answer = question.handle
        ? await directory.resolve(inputFor(question.handle, account))
        : await directory.lookUpPrimary(primary);
      if (answer) await ledger.write(() => ledger.commit(pinned(answer)));
      if (!ledger.conversation(primary)?.contact) answered.set(primary, question.key);
      onPinned();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (FINAL.has(error.code)) answered.set(primary, question.key);
    }
  }

  /** Each question is asked once at a time; no network or no disk leaves everything as it was. */
  function once(question: string, task: () => Promise<void>): Promise<void> {
    const running = asking.get(question) ??
      task().catch(tellUnexpected).finally(() => asking.delete(question));
    asking.set(question, running);
    return running;
  }

  function tellUnexpected(error: unknown): void {
    if (!(error instanceof UserError)) onFault(error);
  }

  async function confirm(primary: string): Promise<void> {
    const conversation = ledger.conversation(primary);
    if (!conversation || conversation.contact || primary === account.primary) return;
    await once(`confirm ${primary}`, () => ask(conversation));
  }

  async function refresh(primary: string): Promise<void> {
    const contact = ledger.conversation(primary)?.contact;
    const lastMs = refreshedAtMs.get(primary) ?? -Infinity;
    if (!contact || nowMs() - lastMs < REFRESH_PAUSE_MS) return;
    await once(`refresh ${primary}`, async () => {
      refreshedAtMs.set(primary, nowMs());
      const answer = await directory.resolve(inputFor(contact, account));
      await ledger.write(() => ledger.commit(pinned(answer)));
      onPinned();
    });
  }

  return {
    pinned,
    confirm,
    async confirmAll() {
      for (const { primary, contact } of ledger.conversations()) {
        const hasMoved = contact !== null && account.formerServers?.includes(contact.server);
        await (hasMoved ? refresh(primary) : confirm(primary));
      }
    },
    refresh,
  };
}

/** The conversation that has a handle pinned; null where none has. */
export function holderOf(
  ledger: Ledger,
  { handle, server }: { handle: string; server: string },
): ConversationRecord | null {
  return ledger.conversations().find(({ contact }) =>
    contact?.handle === handle && contact.server === server
  ) ?? null;
}

/** True where the owner has accepted the peer: only such a one keeps its handle against the registry. */
export function isAcquainted({ state }: ConversationRecord): boolean {
  return state === "accepted" || state === "key_changed";
}

/**
 * What may be asked about a peer without a confirmed handle. Before a request is accepted, no host that the sender
 * names is asked, only the home server; and nobody's claim has us knock at our own doors. (Specification page 2, "Before
 * acceptance")
 */
function questionAbout(
  { state, claimedHandle }: ConversationRecord,
  homeServer: string,
): { key: string; handle: { handle: string; server: string } | null } | null {
  const claim: ParsedHandle | null = claimedHandle ? parseHandleInput(claimedHandle) : null;
  const handle = claim && { handle: claim.handle, server: claim.server ?? homeServer };
  const isForeign = handle !== null && handle.server !== homeServer;
  if (state === "blocked" || (state === "request" && isForeign)) return null;
  if (isForeign && isPrivateHost(handle.server) && !isPrivateHost(homeServer)) return null;
  return { key: handle ? `${handle.handle}@${handle.server}` : "primary", handle };
}

/** Who was at the home server before it had another name is at the home server. */
function inputFor(
  { handle, server }: { handle: string; server: string },
  home: { server: string; formerServers?: string[] },
): string {
  const isHome = server === home.server || home.formerServers?.includes(server);
  return isHome ? handle : `${handle}@${server}`;
}

function putConversation(
  conversation: ConversationRecord,
  changes: Partial<ConversationRecord>,
): Change {
  return { put: "conversation", conversation: { ...conversation, ...changes } };
}
