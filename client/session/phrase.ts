import { ProtocolError } from "../../protocol/errors.ts";
import type { SessionSecrets } from "../../protocol/identity.ts";
import { loaded } from "../loaded.ts";
import { UserError } from "../user_error.ts";

/** A recovery phrase and what is derived from it. */
export interface OpenPhrase {
  /** Words with one space between. */
  phrase: string;
  secrets: SessionSecrets;
}

const ENTROPY_BYTES = 16;

/** Makes a fresh phrase of twelve words. `random` gives as many bytes as it is asked for. */
export async function drawPhrase(random: (bytes: number) => Uint8Array): Promise<OpenPhrase> {
  const { phraseFromEntropy, deriveSessionSecrets } = await loadPhraseTools();
  const entropy = random(ENTROPY_BYTES);
  const phrase = phraseFromEntropy(entropy);
  entropy.fill(0);
  return { phrase, secrets: await deriveSessionSecrets(phrase) };
}

/** Reads a phrase as typed. @throws UserError `bad_phrase` with a sentence that names what is wrong */
export async function readPhrase(text: string): Promise<OpenPhrase> {
  const { normalizePhrase, deriveSessionSecrets } = await loadPhraseTools();
  try {
    const phrase = normalizePhrase(text);
    return { phrase, secrets: await deriveSessionSecrets(phrase) };
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new UserError("bad_phrase", { detail: cause.message, cause });
  }
}

/** The list of words and BIP-32 are needed once in an account's life: they come when they are asked for. */
async function loadPhraseTools() {
  const [{ phraseFromEntropy, normalizePhrase }, { deriveSessionSecrets }] = await loaded(
    Promise.all([
      import("../../protocol/recovery_phrase.ts"),
      import("../../protocol/session_secrets.ts"),
    ]),
  );
  return { phraseFromEntropy, normalizePhrase, deriveSessionSecrets };
}
