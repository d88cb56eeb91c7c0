import { bytesToHex } from "../../protocol/bytes.ts";
import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import type { SessionSecrets } from "../../protocol/identity.ts";
import type { BlobServer } from "../blobs/blob_server.ts";
import type { PictureWorks } from "../pictures/picture_works.ts";
import type { RelayEnvironment } from "../relays/relay_environment.ts";
import type { DeriveKey } from "../session/argon2.ts";
import type { Account } from "../session/session.ts";
import type { Database } from "../storage/database.ts";
import type { Sealer } from "../storage/sealer.ts";
import { sealMail } from "../../protocol/mail.ts";
import { MAX_MESSAGE_AGE_MS } from "../../protocol/message.ts";
import { createChatStorage } from "../storage/chat_storage.ts";
import { type Backups, createBackups } from "./backups.ts";
import type { Fetch } from "../fetch_json.ts";
import { createBlobAuthorizer } from "./files/blob_authorizer.ts";
import { type Claiming, openClaiming } from "./claiming.ts";
import { type CleanUp, createCleanUp } from "./clean_up.ts";
import { type ContactBook, createContactBook, type Directory } from "./people/contact_book.ts";
import { type ContactActions, createContactActions } from "./people/contact_actions.ts";
import {
  type ConversationActions,
  createConversationActions,
} from "./conversation/conversation_actions.ts";
import { emptyConversation } from "./conversation/conversation_changes.ts";
import {
  type ConversationSettings,
  createConversationSettings,
} from "./conversation/conversation_settings.ts";
import { createDeviceSync, type DeviceSync } from "./devices/device_sync.ts";
import { createDrafts, type Drafts } from "./thread/drafts.ts";
import { createExpiry, type Expiry } from "./conversation/expiry.ts";
import { createFiles, type Files } from "./files/files.ts";
import { createInbound, type Inbound } from "./incoming/inbound.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { createInvites, type Invites } from "./people/invites.ts";
import { createOutbound, type Outbound } from "./outgoing/outbound.ts";
import { createOutbox, type Outbox } from "./outgoing/outbox.ts";
import { createSearching, type Searching } from "./searching.ts";
import { createQuietMail, type QuietMail } from "./outgoing/quiet_mail.ts";
import { createOutgoingFiles, type OutgoingFiles } from "./outgoing/outgoing_files.ts";
import { createPacer } from "./pacer.ts";
import { openProfiles, type Profiles } from "../profiles/profiles.ts";
import { createAuthorizedCall } from "../authorized_call.ts";
import { createPushDevices } from "../push/push_devices.ts";
import type { PushDevices } from "../push/push_model.ts";
import { openPreferences, type Preferences } from "./preferences.ts";
import { createReceipts, type Receipts } from "./conversation/receipts.ts";
import { openRelayParts, type RelayParts } from "./relays/relay_parts.ts";
import { createTyping, type Typing } from "./thread/typing.ts";
import { createUnwantedBlobs, type UnwantedBlobs } from "./files/unwanted_blobs.ts";
import { createUploads, type Uploads } from "./outgoing/uploads.ts";

/** Everything that chats are made of. */
export interface ChatsDeps {
  account: Pick<
    Account,
    "handle" | "server" | "fqhn" | "primary" | "addr" | "homeRelay" | "formerServers"
  >;
  /** Not copied: after `stop` was called they are not used any more. */
  secrets: Pick<SessionSecrets, "identitySecret" | "nostrSecret">;
  /** True until the own relays were read once after a restore: then all that they still hold is read. */
  isRestored: boolean;
  /** Called whenever everything that the own relays hold has been dealt with. */
  onCaughtUp(): void;
  /** Another tab has become the writer: nothing is written here any more. */
  onReplaced(): void;
  /** The relays that the home server recommends besides its own. @throws UserError `no_network` and the like */
  defaultRelays(): Promise<string[]>;
  /** For what fails without anybody waiting for it. */
  onFault(error: unknown): void;
  database: Database;
  sealer: Sealer;
  environment: RelayEnvironment;
  blobs: BlobServer;
  /** Asks the home server at `origin`, and services of the web. */
  fetch: Fetch;
  origin: string;
  pictureWorks: PictureWorks;
  directory: Directory;
  verifyEd25519: VerifyEd25519;
  randomBytes(length: number): Uint8Array;
  deriveKey: DeriveKey;
}

/** The parts of running chats. */
export interface ChatParts {
  ledger: Ledger;
  outbox: Outbox;
  outbound: Outbound;
  quietMail: QuietMail;
  inbound: Inbound;
  actions: ConversationActions;
  preferences: Preferences;
  settings: ConversationSettings;
  drafts: Drafts;
  expiry: Expiry;
  typing: Typing;
  receipts: Receipts;
  sync: DeviceSync;
  contactActions: ContactActions;
  invites: Invites;
  relays: RelayParts;
  searching: Searching;
  backups: Backups;
  cleanUp: CleanUp;
  claiming: Claiming;
  files: Files;
  outgoingFiles: OutgoingFiles;
  uploads: Uploads;
  unwantedBlobs: UnwantedBlobs;
  profiles: Profiles;
  pushDevices: PushDevices;
}

/** The only wiring of chats. @throws UserError `storage_failed` */
export async function openChatParts(
  deps: ChatsDeps,
  { onChange, isStopped }: { onChange(): void; isStopped(): boolean },
): Promise<ChatParts> {
  const { account, secrets, database, sealer, environment, directory } = deps;
  const { identitySecret } = secrets;
  const { verifyEd25519, randomBytes, onFault } = deps;
  const { nowMs } = environment;
  const storage = createChatStorage({ database, sealer });
  await storage.becomeWriter(bytesToHex(randomBytes(16)), deps.onReplaced);
  const ledger = await openLedger({ storage, nowMs });
  await ensureNoteToSelf(ledger, { primary: account.primary, nowMs: nowMs() });
  ledger.onCommit(onChange);

  const preferences = await openPreferences({ ledger, onChange });
  const relays = await openRelayParts({
    ...deps,
    ledger,
    usesOwnKey: () => preferences.current.usesOwnKey,
    syncProfile: (held, events) => profiles.sync(held, events),
    receive: (event, relayUrl) => inbound.receive(event, relayUrl),
    isStopped,
    onReachable() {
      outbox.kick();
      void contacts.confirmAll();
      void claiming.kick();
    },
    onChange,
  });
  const claiming: Claiming = await openClaiming({
    ...deps,
    ledger,
    nowMs,
    queries: relays.queries,
    ownRelays: () => relays.ownRelays.urls,
    onOwnHead() {
      // The profile says it too.
      relays.upkeep.demand();
      void relays.upkeep.run();
    },
    onChange,
  });
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
    delivery: relays.delivery,
    account,
    seal: ({ document, reader }, { kind, isOwnKey }) => {
      const createdAtS = Math.floor(nowMs() / 1000);
      // Nobody opens older mail. All of it says so: thus what disappears looks like everything else.
      const expiresAtS = createdAtS + MAX_MESSAGE_AGE_MS / 1000;
      const authorSecret = isOwnKey ? secrets.nostrSecret : undefined;
      const event = { reader, kind, createdAtS, expiresAtS };
      return sealMail(document, { ...event, authorSecret, randomBytes });
    },
    onStuck(primary) {
      void contacts.confirm(primary);
      void contacts.refresh(primary);
      void relays.contactRelays.refresh(primary);
    },
    onHeld: (entry) => uploads.begin(entry),
    onFault,
  });
  const { blobs } = deps;
  const { nostrSecret } = secrets;
  const { server } = blobs;
  const authorize = createBlobAuthorizer({ server, nostrSecret, randomBytes, nowMs });
  const uploads = createUploads({
    ledger,
    blobs,
    outbox: () => outbox,
    authorize,
    nowMs,
    onFault,
  });
  const typing = createTyping({
    ledger,
    preferences,
    publisher: relays.publisher,
    environment,
    account,
    identitySecret,
    verifyEd25519,
    randomBytes,
    relaysOf: (primary) => relays.delivery.routesOf({ reader: primary, peer: primary }).targets,
    isStopped,
    onFault,
  });
  typing.onChange(onChange);
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
    onTyping: (event) => typing.receive(event),
    pacer: createPacer({ environment }),
  });
  const acking = { ledger, identitySecret, nowMs };
  const outbound = createOutbound({
    ledger,
    outbox,
    account,
    identitySecret,
    chainHead: () => claiming.ownHead,
    randomBytes,
    nowMs,
  });
  const quietMail = createQuietMail({ ledger, account, identitySecret, randomBytes, nowMs });
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
  const unwantedBlobs = createUnwantedBlobs({
    ledger,
    blobs,
    authorize,
    ownPrimary: account.primary,
    onFault,
  });
  const profiles: Profiles = await openProfiles({
    ...deps,
    ledger,
    outbox,
    quietMail,
    authorize,
    unwantedBlobs,
    relays,
    chainHead: () => claiming.ownHead,
    isStopped,
    onChange,
  });
  const owner = account;
  const ownPrimary = account.primary;
  const quiet = { ledger, outbox, quietMail, ownPrimary, environment, onFault };
  const { deriveKey } = deps;
  return {
    ledger,
    outbox,
    outbound,
    quietMail,
    inbound,
    actions,
    relays,
    preferences,
    searching: createSearching({ ledger, owner, environment, onChange, onFault }),
    backups: createBackups({ ledger, owner, preferences, deriveKey, nowMs, onChange }),
    cleanUp: createCleanUp({ ledger, owner }),
    claiming,
    typing,
    receipts: createReceipts({ ...quiet, preferences }),
    sync: createDeviceSync(quiet),
    settings: createConversationSettings({ ledger, nowMs }),
    drafts: createDrafts({ ledger, environment, onFault }),
    expiry: createExpiry({ ledger, ownPrimary, environment, onFault }),
    contactActions,
    invites,
    files: createFiles({ ledger, blobs, environment, onFault }),
    outgoingFiles: createOutgoingFiles({ outbound, blobs, randomBytes }),
    uploads,
    unwantedBlobs,
    profiles,
    pushDevices: createPushDevices(
      createAuthorizedCall({ ...deps, server: account.server, identitySecret, nowMs }),
      account,
    ),
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
