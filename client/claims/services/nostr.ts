import { decode } from "nostr-tools/nip19";
import { KIND, type NostrEvent } from "../../../protocol/nostr_event.ts";
import { ProofUnreachable } from "../proof_network.ts";
import type { ClientProof } from "./template.ts";

/** External identities. (NIP-39) */
const IDENTITIES = 10011;

/** `about` of the key's newest profile, and its newest list of other identities. */
export const askNostr: ClientProof = async ({ subject }, { events }) => {
  const { type, data } = decode(subject);
  if (type !== "npub") return null;
  const found = await events(data, [KIND.profile, IDENTITIES]);
  // Relays keep what they like: nothing found says nothing.
  if (found.length === 0) throw new ProofUnreachable("name_not_found");
  const newest = (kind: number) => found.find((event) => event.kind === kind);
  return [aboutOf(newest(KIND.profile)), identitiesOf(newest(IDENTITIES))].join("\n");
};

function aboutOf(event: NostrEvent | undefined): string {
  try {
    const about: unknown = JSON.parse(event?.content ?? "{}")?.about;
    return typeof about === "string" ? about : "";
  } catch (error) {
    if (error instanceof SyntaxError) return "";
    throw error;
  }
}

function identitiesOf(event: NostrEvent | undefined): string {
  return event ? [...event.tags.flat(), event.content].join("\n") : "";
}
