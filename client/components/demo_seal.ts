import { bytesToHex } from "../../protocol/bytes.ts";
import { verifyEd25519 } from "../../protocol/ed25519.ts";
import { primaryOf } from "../../protocol/identity.ts";
import { openMail, sealMail } from "../../protocol/mail.ts";
import { signMessage } from "../../protocol/message.ts";
import { isKnownBody } from "../../protocol/message_body.ts";
import { KIND } from "../../protocol/nostr_event.ts";

/** One message on its whole way, without a network. */
export interface DemoMail {
  /** The content of the event that a server would keep. */
  sealed: string;
  /** What the other side reads, opened from `sealed`. */
  opened: string;
}

/**
 * Two people who exist only on this page: what one writes is sealed, and opened by the other, by the very code of a chat.
 *
 * @returns a function that seals and opens a text of 1 to a few thousand characters
 */
export function createDemo(
  { randomBytes, nowMs }: { randomBytes: (length: number) => Uint8Array; nowMs: () => number },
): (text: string) => Promise<DemoMail> {
  const writer = randomBytes(32);
  const readerSecret = randomBytes(32);
  const reader = primaryOf(readerSecret);

  return async (text) => {
    const sentAtMs = nowMs();
    const letter = {
      id: bytesToHex(randomBytes(16)),
      from: primaryOf(writer),
      fromHandle: null,
      to: reader,
      sentAtMs,
      body: { kind: "text" as const, text },
    };
    const createdAtS = Math.floor(sentAtMs / 1000);
    const seal = { reader, kind: KIND.message, createdAtS, randomBytes };
    const event = await sealMail(signMessage(letter, writer), seal);
    const mail = await openMail(event, {
      identitySecret: readerSecret,
      nowMs: sentAtMs,
      verifyEd25519,
    });
    if (mail.type !== "message") throw new Error("The demonstration opened another kind of mail.");
    const { body } = mail.message.payload;
    return {
      sealed: event.content,
      opened: isKnownBody(body) && body.kind === "text" ? body.text : "",
    };
  };
}
