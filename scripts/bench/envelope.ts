import { openEnvelope, sealEnvelope } from "../../protocol/envelope.ts";
import { primaryOf } from "../../protocol/identity.ts";
import type { Measurement } from "./report.ts";

const SECONDS_EACH = 2;
/** A short message, and one that fills the envelope nearly to its limit. */
const TEXT_CHARS = [100, 30_000];

/** Seals and opens envelopes, one after the other, in this process. */
export async function benchEnvelope(): Promise<Measurement[]> {
  const identitySecret = crypto.getRandomValues(new Uint8Array(32));
  const recipient = primaryOf(identitySecret);
  const rows: Measurement[] = [];
  for (const chars of TEXT_CHARS) {
    const document = { type: "text", text: "x".repeat(chars) };
    const seal = () => {
      const random = crypto.getRandomValues(new Uint8Array(32));
      return sealEnvelope(document, { recipient, random });
    };
    const sealed = await seal();
    const note = `${chars.toLocaleString("en-GB")} characters`;
    rows.push({ name: "seal", value: await ratePerS(seal), unit: "/s", note });
    const open = () => openEnvelope(sealed, { identitySecret });
    rows.push({ name: "open", value: await ratePerS(open), unit: "/s", note });
  }
  return rows;
}

async function ratePerS(run: () => Promise<unknown>): Promise<number> {
  for (let warm = 0; warm < 20; warm += 1) await run();
  const startedMs = performance.now();
  const endMs = startedMs + SECONDS_EACH * 1000;
  let count = 0;
  while (performance.now() < endMs) {
    await run();
    count += 1;
  }
  return count / ((performance.now() - startedMs) / 1000);
}
