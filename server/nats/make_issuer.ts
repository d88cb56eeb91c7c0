import type { NatsConfig } from "../config.ts";
import { errorText } from "../log.ts";
import { type IssuerKeys, makeIssuerSeed, readIssuerKeys } from "./secret_files.ts";
import { StartFault } from "../start_fault.ts";

/**
 * Makes the issuer's seed where its file is not there yet, and prints the public keys as what nats.conf includes.
 * (Specification page 8)
 *
 * @returns the exit code
 */
export async function makeIssuer(
  { issuerSeedFile }: Pick<NatsConfig, "issuerSeedFile">,
): Promise<number> {
  if (issuerSeedFile === null) {
    console.error("kez-chat: name the file for the seed with --nats-issuer-seed-file");
    return 1;
  }
  try {
    if (writeNewSeed(issuerSeedFile)) {
      console.error(`The secret seed is in ${issuerSeedFile}. Nobody but kez-chat may read it.`);
    }
    console.log(natsConfLines(await readIssuerKeys(issuerSeedFile, Deno.readTextFileSync)));
    return 0;
  } catch (error) {
    if (!(error instanceof StartFault)) throw error;
    console.error(`kez-chat: ${error.message}`);
    return 1;
  }
}

/** What `include` in nats.conf reads; both are public. */
export function natsConfLines({ issuer, login }: IssuerKeys): string {
  return [
    "# Printed by kez-chat nats-issuer.",
    `KEZ_CHAT_ISSUER: ${issuer.publicKey}`,
    `KEZ_CHAT_LOGIN: ${login.publicKey}`,
  ].join("\n");
}

/** False where the file is there: what was issued with its key would be worth nothing without it. */
function writeNewSeed(path: string): boolean {
  const seed = makeIssuerSeed(crypto.getRandomValues(new Uint8Array(32)));
  try {
    Deno.writeTextFileSync(path, `${seed}\n`, { createNew: true, mode: 0o600 });
    return true;
  } catch (cause) {
    if (cause instanceof Deno.errors.AlreadyExists) return false;
    throw new StartFault(`${path} cannot be written: ${errorText(cause)}.`, { cause });
  }
}
