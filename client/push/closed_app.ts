import { createAuthorizedCall } from "../authorized_call.ts";
import { viewConversation } from "../chats/conversation/conversation_view.ts";
import { unreadTotal } from "../chats/conversation/unread_total.ts";
import type { Fetch } from "../fetch_json.ts";
import { wipeSecrets } from "../session/secret_bytes.ts";
import { createVaultStorage } from "../session/vault_storage.ts";
import { createChatStorage } from "../storage/chat_storage.ts";
import type { Database } from "../storage/database.ts";
import { createSealer } from "../storage/sealer.ts";
import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import { type AccountAtRest, openAtRest } from "./account_at_rest.ts";
import { describeClosedMail } from "./describe_closed_mail.ts";
import type { Notice } from "./notice.ts";
import type { ToldMail } from "./told_mail.ts";
import { readUnseenMail } from "./unseen_mail.ts";

export interface ClosedAppDeps {
  openDatabase(): Promise<Database>;
  fetch: Fetch;
  origin: string;
  told: ToldMail;
  words: { app: string; newMessage: string };
  verifyEd25519: VerifyEd25519;
  nowMs(): number;
  randomBytes(length: number): Uint8Array;
}

/** Enough for pages of messages of the usual size. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * Looks for new mail where no window of the app does, as far as the account opens by itself. It reads only.
 *
 * @returns a function that gives null where nothing is known; it throws UserError where something cannot be read
 */
export function createClosedApp(deps: ClosedAppDeps): () => Promise<Notice | null> {
  const { nowMs } = deps;
  return async () => {
    const database = await deps.openDatabase();
    try {
      const storage = createVaultStorage(Promise.resolve(database));
      const opened = await openAtRest({ storage, nowMs });
      if (!opened) return null;
      try {
        return await look(opened, { ...deps, database });
      } finally {
        wipeSecrets(opened.secrets);
      }
    } finally {
      database.close();
    }
  };
}

async function look(
  { account, secrets: { identitySecret, storageKey } }: AccountAtRest,
  { database, fetch, origin, told, words, ...deps }: ClosedAppDeps & { database: Database },
): Promise<Notice | null> {
  const sealer = await createSealer(storageKey);
  const storage = createChatStorage({ database, sealer });
  const { server } = account;
  const call = createAuthorizedCall({
    ...{ fetch, origin, server, identitySecret, ...deps },
    maxAnswerBytes: MAX_ANSWER_BYTES,
  });
  const conversations = await storage.conversations();
  const unseen = await readUnseenMail({
    ...{ storage, conversations, call, account, identitySecret },
    ...deps,
  });
  const views = conversations.map((record) => viewConversation(record, account));
  return await describeClosedMail({
    owner: account,
    unseen,
    unreadBefore: unreadTotal(views),
    tag: (eventId) => sealer.tag("told", eventId),
  }, { told, words, nowMs: deps.nowMs() });
}
