import { bytesToHex, utf8ToBytes } from "../../../protocol/bytes.ts";
import { MAX_SEALED_DOCUMENT_BYTES } from "../../../protocol/envelope.ts";
import { canonicalJson } from "../../../protocol/jcs.ts";
import { signMessage } from "../../../protocol/message.ts";
import type { MessageBody } from "../../../protocol/message_body.ts";
import type { OutboxEntry } from "../../storage/chat_records.ts";
import { UserError } from "../../user_error.ts";
import type { Ledger } from "../ledger.ts";

/** Signs what nobody is told of: reactions, edits, deletions, receipts, what the own devices share. */
export interface QuietMail {
  /**
   * A body to a peer, and after it to the own devices; to them alone where `peer` is the own primary. Commit it as an
   * outbox entry with what it changes here, then add it to the outbox. It is tried on until a relay takes it or its time
   * is over.
   *
   * @param letter with the time that it bears, in milliseconds; now by default
   * @throws UserError `message_too_long`
   */
  entry(letter: { peer: string; body: MessageBody; sentAtMs?: number }): OutboxEntry;
}

/** Quiet mail of this account. */
export function createQuietMail(
  { ledger, account, identitySecret, randomBytes, nowMs }: {
    ledger: Pick<Ledger, "nextArrival">;
    account: { primary: string; fqhn: string };
    identitySecret: Uint8Array;
    randomBytes(length: number): Uint8Array;
    nowMs(): number;
  },
): QuietMail {
  const from = account.primary;
  return {
    entry({ peer, body, sentAtMs = nowMs() }) {
      const id = bytesToHex(randomBytes(16));
      const letter = { id, from, fromHandle: account.fqhn, to: peer, sentAtMs, body };
      const document = signMessage(letter, identitySecret);
      const bytes = utf8ToBytes(canonicalJson(document)).length;
      if (bytes > MAX_SEALED_DOCUMENT_BYTES) throw new UserError("message_too_long");
      return {
        type: "quiet",
        from,
        id,
        peer,
        reader: peer,
        document,
        order: ledger.nextArrival(),
        queuedAtMs: nowMs(),
        sealed: null,
        isRefused: false,
      };
    },
  };
}
