import * as v from "valibot";
import { Unreachable } from "../unreachable.ts";
import type { TextAnswer } from "./fetch_text.ts";

/** What a template may ask of the network, within the time of one proof. */
export interface ProofNetwork {
  fetchText(url: string, accept: string): Promise<TextAnswer>;
  txt(name: string): Promise<string[]>;
}

/**
 * Fetches the text that an account publishes; empty where the account answered and has none.
 *
 * @throws Unreachable
 */
export type ProofTemplate = (
  claim: { subject: string; proofUrl: string | null },
  network: ProofNetwork,
) => Promise<string>;

/** The text of a good answer; null where there is no such thing. @throws Unreachable `http_status`, `rate_limited` */
export function foundText({ status, text }: TextAnswer): string | null {
  if (status === 200) return text;
  if (status === 404 || status === 410) return null;
  throw new Unreachable(status === 429 || status === 403 ? "rate_limited" : "http_status");
}

/** The same for JSON of a shape. @throws Unreachable `http_status`, `rate_limited`, `bad_answer` */
export function foundJson<S extends v.GenericSchema>(
  answer: TextAnswer,
  shape: S,
): v.InferOutput<S> | null {
  const text = foundText(answer);
  if (text === null) return null;
  try {
    return v.parse(shape, JSON.parse(text));
  } catch (cause) {
    throw new Unreachable("bad_answer", { cause });
  }
}
