import { parseInstant } from "../../../protocol/instant.ts";
import { bytesToHex, decodeBase64url } from "../../../protocol/bytes.ts";
import type { KnownMessageBody } from "../../../protocol/message_body.ts";
import type { PeerProfile } from "../../storage/chat_records.ts";
import type { InboundQuiet } from "./inbound_context.ts";
import type { Outcome } from "./inbound_outcome.ts";

/** What is known of somebody about whom nobody was asked. */
export const NO_PROFILE: PeerProfile = {
  checkedAtMs: 0,
  event: null,
  displayName: null,
  picture: null,
  pictureKey: null,
  toldKey: null,
  shown: null,
};

/**
 * A contact tells the key of its picture: the one that was told last counts, of two of one moment the greater one. It may
 * come before the profile with the picture. (Specification page 5, "Keys for contacts")
 */
export function pictureKeyChanges(
  { salt, key }: Extract<KnownMessageBody, { kind: "profile_key" }>,
  { conversation, isOwn, message }: InboundQuiet,
): Outcome {
  // The copy of an own one says what the own profile says as well.
  if (!conversation || isOwn) return { changes: [] };
  const profile = conversation.profile ?? NO_PROFILE;
  const told = {
    salt,
    key: bytesToHex(decodeBase64url(key)!),
    atMs: parseInstant(message.payload.sent_at)!,
  };
  if (profile.toldKey && compareTold(told, profile.toldKey) <= 0) return { changes: [] };
  const changed = { ...conversation, profile: { ...profile, toldKey: told } };
  return { changes: [{ put: "conversation", conversation: changed }] };
}

type ToldKey = NonNullable<PeerProfile["toldKey"]>;

function compareTold(a: ToldKey, b: ToldKey): number {
  const [left, right] = [a.salt + a.key, b.salt + b.key];
  return a.atMs - b.atMs || (left < right ? -1 : Number(left > right));
}
