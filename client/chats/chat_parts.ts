import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import type { SessionSecrets } from "../../protocol/identity.ts";
import type { RelayEnvironment } from "../relays/relay_environment.ts";
import type { Account } from "../session/session.ts";
import type { Database } from "../storage/database.ts";
import type { Sealer } from "../storage/sealer.ts";
import { sealMail } from "../../protocol/mail.ts";
import { MAX_MESSAGE_AGE_MS } from "../../protocol/message.ts";
import { createPublisher, type Publisher } from "../relays/publisher.ts";
import { createReader, type Reader } from "../relays/reader.ts";
import type { MailReading } from "../relays/mail_subscription.ts";
import { STRANGERS } from "../storage/chat_changes.ts";
import { pruneSeenIds } from "../storage/chat_pruning.ts";
import { createChatStorage } from "../storage/chat_storage.ts";
import { type ContactBook, createContactBook, type Directory } from "./contact_book.ts";
import { type ContactActions, createContactActions } from "./contact_actions.ts";
import { type ConversationActions, createConversationActions } from "./conversation_actions.ts";
import { emptyConversation } from "./conversation_changes.ts";
import { type ConversationSettings, createConversationSettings } from "./conversation_settings.ts";
import { createDrafts, type Drafts } from "./drafts.ts";
import { createExpiry, type Expiry } from "./expiry.ts";
import { createInbound, type Inbound } from "./inbound.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { createInvites, type Invites } from "./invites.ts";
import { createOutbound, type Outbound } from "./outbound.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import { createPacer } from "./pacer.ts";
import { openPreferences, type Preferences } from "./preferences.ts";

/** Everything that chats are made of. */
export interface ChatsDeps {
  account: Pick<Account, "handle" | "server" | "fqhn" | "primary" | "addr" | "homeRelay">;
  /** Not copied: after `stop` was called they are not used any more. */
  secrets: Pick<SessionSecrets, "identitySecret" | "nostrSecret">;
  /** True until the home relay was read once after a restore: then all that it still holds is read. */
  isRestored: boolean;
  /** Called whenever everything that the relay holds has been dealt with. */
  onCaughtUp(): void;
  /** For what fails without anybody waiting for it. */
  onFault(error: unknown): void;
  database: Database;
  sealer: Sealer;
  environment: RelayEnvironment;
  directory: Directory;
  verifyEd25519: VerifyEd25519;
  randomBytes(length: number): Uint8Array;
}

/** The parts of running chats. */
export interface ChatParts {
  ledger: Ledger;
  outbox: Outbox;
  outbound: Outbound;
  inbound: Inbound;
  actions: ConversationActions;
  preferences: Preferences;
  settings: ConversationSettings;
  drafts: Drafts;
  expiry: Expiry;
  contactActions: ContactActions;
  invites: Invites;
  reader: Reader;
  publisher: Publisher;
}

/** How far back a device reads that has never read before; one that was restored reads all. (Specification page 4) */
const FIRST_WINDOW_MS = 48 * 60 * 60 * 1000;
/** Ids are pruned at the start, and then once so many more have come. */
const PRUNE_EVERY_EVENTS = 500;

/** The only wiring of chats. @throws UserError `storage_failed` */
export async function openChatParts(
  deps: ChatsDeps,
  { onChange, isStopped }: { onChange(): void; isStopped(): boolean },
): Promise<ChatParts> {
  const { account, secrets, database, sealer, environment, directory } = deps;
  const { identitySecret, nostrSecret } = secrets;
  const { verifyEd25519, randomBytes, onFault } = deps;
  const { nowMs } = environment;
  const storage = createChatStorage({ database, sealer });
  const ledger = await openLedger({ storage, nowMs });
  await ensureNoteToSelf(ledger, { primary: account.primary, nowMs: nowMs() });
  ledger.onCommit(onChange);

  const publisher = createPublisher(environment);
  const contacts: ContactBook = createContactBook({
    ledger,
    directory,
    account,
    nowMs,
    onPinned: () => outbox.kick(),
    onFault,
  });
  const outbox: Outbox = createOutbox({
    ledger,
    environment,
    publisher,
    account,
    seal: ({ document, reader }, kind) => {
      const createdAtS = Math.floor(nowMs() / 1000);
      return sealMail(document, { reader, kind, createdAtS, randomBytes });
    },
    onStuck(primary) {
      void contacts.confirm(primary);
      void contacts.refresh(primary);
    },
    onFault,
  });
  const inbound = createInbound({
    ledger,
    outbox,
    primary: account.primary,
    identitySecret,
    verifyEd25519,
    nowMs,
    isStopped,
    onUnconfirmed: (primary) => void contacts.confirm(primary),
    onFault,
    pacer: createPacer({ environment }),
  });
  const reader = createReader({
    url: account.homeRelay,
    environment,
    nostrSecret,
    randomBytes,
    mail: readingOf(deps, { ledger, inbound }),
    onState() {
      if (isStopped()) return;
      if (reader.state === "connected") {
        outbox.kick();
        void contacts.confirmAll();
        deps.onCaughtUp();
      }
      onChange();
    },
  });
  const acking = { ledger, identitySecret, nowMs };
  const outbound = createOutbound({
    ledger,
    outbox,
    account,
    identitySecret,
    randomBytes,
    nowMs,
  });
  const actions = createConversationActions({
    ledger,
    outbox,
    contacts,
    directory,
    owner: account,
    acking,
  });
  const contactActions = createContactActions({
    conversations: actions,
    outbox,
    owner: account,
    acking,
  });
  const invites = createInvites({ ledger, owner: account, randomBytes, nowMs });
  return {
    ledger,
    outbox,
    outbound,
    inbound,
    actions,
    reader,
    publisher,
    preferences: await openPreferences({ ledger, onChange }),
    settings: createConversationSettings({ ledger, nowMs }),
    drafts: createDrafts({ ledger, environment, onFault }),
    expiry: createExpiry({ ledger, ownPrimary: account.primary, environment, onFault }),
    contactActions,
    invites,
  };
}

function readingOf(
  { account, database, sealer, environment, isRestored, onFault }: ChatsDeps,
  { ledger, inbound }: { ledger: Ledger; inbound: Inbound },
): MailReading {
  const relayUrl = account.homeRelay;
  let untilPruning = 0;
  async function prune(): Promise<void> {
    if (untilPruning-- > 0) return;
    untilPruning = PRUNE_EVERY_EVENTS;
    const pools = [STRANGERS, ...ledger.conversations().map(({ primary }) => primary)];
    await pruneSeenIds({ database, sealer }, { pools, nowMs: environment.nowMs() });
  }
  return {
    addr: account.addr,
    firstWindowMs: isRestored ? MAX_MESSAGE_AGE_MS : FIRST_WINDOW_MS,
    cursor: () => ledger.storage.cursor(relayUrl),
    saveCursor: (createdAtS) =>
      ledger.write(() => ledger.commit([{ put: "cursor", relayUrl, createdAtS }])),
    async onEvent(event) {
      // Mail need not wait for what takes up room.
      await prune().catch(onFault);
      await inbound.receive(event);
    },
  };
}

async function ensureNoteToSelf(
  ledger: Ledger,
  { primary, nowMs }: { primary: string; nowMs: number },
): Promise<void> {
  if (ledger.conversation(primary)) return;
  const conversation = emptyConversation({ primary, state: "accepted", nowMs });
  await ledger.write(() => ledger.commit([{ put: "conversation", conversation }]));
}
