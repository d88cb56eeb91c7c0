import { concatBytes } from "../../protocol/bytes.ts";
import type { SessionSecrets } from "../../protocol/identity.ts";

const EACH = 32;

/** The three session secrets in one piece of 96 bytes. */
export function joinSecrets(
  { identitySecret, nostrSecret, storageKey }: SessionSecrets,
): Uint8Array {
  return concatBytes(identitySecret, nostrSecret, storageKey);
}

/** The session secrets from {@link joinSecrets}, each in memory of its own. */
export function splitSecrets(bytes: Uint8Array): SessionSecrets {
  if (bytes.length !== 3 * EACH) throw new Error("These are not session secrets.");
  return {
    identitySecret: bytes.slice(0, EACH),
    nostrSecret: bytes.slice(EACH, 2 * EACH),
    storageKey: bytes.slice(2 * EACH),
  };
}

/** Overwrites the secrets with zeros. */
export function wipeSecrets({ identitySecret, nostrSecret, storageKey }: SessionSecrets): void {
  for (const secret of [identitySecret, nostrSecret, storageKey]) secret.fill(0);
}
