import type { Invites } from "./registry/invite_store.ts";
import { inviteLink } from "./registry/registry_calls.ts";

const VALID_DAYS = 30;

/**
 * Says the link by which the first person comes in, once in the life of a server. It is not a line of the log, which holds
 * no secrets. (Specification page 8)
 */
export async function offerFirstInvite(
  { server, invites, say }: { server: string; invites: Invites; say(text: string): void },
): Promise<void> {
  const made = await invites.createFirst({ expiresInMs: VALID_DAYS * 86_400_000 });
  if (!made) return;
  say(
    `Nobody is registered here yet. This link lets one person in, once, within ${VALID_DAYS} days:

    ${inviteLink(server, made.code)}

It is not shown again. Make more with: kez-chat invite create`,
  );
}
