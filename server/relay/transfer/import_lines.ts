import { ProtocolError } from "../../../protocol/errors.ts";
import { kindClass, type NostrEvent } from "../../../protocol/nostr_event.ts";
import { isPrivateKind } from "../events/access.ts";
import { type InputLine, parseEventLine } from "./event_lines.ts";
import { expirationS } from "../events/expiration.ts";
import type { Ingest, IngestAnswer } from "../ingest/ingest.ts";
import { RELAY_LIMITS } from "../limits.ts";
import { judgeEvent, type PolicyRules } from "../ingest/policy.ts";
import { prepareEvent } from "../events/prepared_event.ts";

/**
 * What became of a line. `known` is here already; `expired`, `deleted`, `older`, `banned` and `ephemeral` are events that
 * nothing is wrong with and that this relay does not keep; `failed` could not be stored, which is no fault of the line.
 */
export type LineOutcome =
  | "imported"
  | "known"
  | "expired"
  | "deleted"
  | "older"
  | "banned"
  | "ephemeral"
  | "refused"
  | "failed";

/** Told at most once for each line that is not empty. `reason` is empty but for `refused` and `failed`. */
export interface LineResult {
  number: number;
  outcome: LineOutcome;
  reason: string;
}

export type ImportRules = Pick<
  PolicyRules,
  "members" | "moderation" | "publicUrl" | "retentionS" | "nowS"
>;

/**
 * Takes in one event a line, in order, until the lines end or the signal comes. Who publishes, when and how often is not
 * asked, because the operator gives the events; all else is what the relay asks of every event.
 *
 * @throws what reading the lines throws; what was taken in by then is stored
 */
export async function importLines(
  lines: AsyncIterable<InputLine>,
  { ingest, rules, signal, tell }: {
    ingest: Ingest;
    rules: ImportRules;
    signal: AbortSignal;
    tell(result: LineResult): void;
  },
): Promise<void> {
  const policy = operatorPolicy(rules);
  try {
    for await (const line of lines) {
      if (signal.aborted) break;
      takeLine(line, { ingest, policy, tell });
      if (!ingest.hasRoom()) await new Promise<void>((resolve) => ingest.onRoom(resolve));
    }
  } finally {
    await ingest.drained();
  }
}

function operatorPolicy(rules: ImportRules): PolicyRules {
  const { maxTags } = RELAY_LIMITS;
  const limits = {
    ...RELAY_LIMITS,
    maxStrangerTags: maxTags,
    maxStrangerBytes: RELAY_LIMITS.maxEventBytes,
    maxPastS: Infinity,
  };
  return { ...rules, policy: "open", peerKey: null, limits };
}

function takeLine(
  line: InputLine,
  { ingest, policy, tell }: {
    ingest: Ingest;
    policy: PolicyRules;
    tell(result: LineResult): void;
  },
): void {
  const { number } = line;
  const refuse = (reason: string) => tell({ number, outcome: "refused", reason });
  if ("fault" in line) return refuse(line.fault);
  if (line.text.trim() === "") return;
  const event = readEvent(line.text);
  if (typeof event === "string") return refuse(event);
  const skipped = reasonToSkip(event, policy);
  if (skipped) return tell({ number, outcome: skipped, reason: "" });
  const prepared = prepareEvent(event);
  const authed = new Set([event.pubkey]);
  const verdict = judgeEvent({ event, bytes: prepared.bytes, authed }, policy);
  if (!verdict.accepted) return refuse(withoutPrefix(verdict.message));
  const { charge, removal } = verdict;
  ingest.submit(
    { ...prepared, charge, removal },
    (answer) => tell({ number, ...resultOf(answer) }),
  );
}

/** The event of a line, or what is wrong with it. */
function readEvent(text: string): NostrEvent | string {
  try {
    return parseEventLine(text);
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
}

function reasonToSkip(
  event: NostrEvent,
  { moderation, retentionS, nowS }: PolicyRules,
): LineOutcome | null {
  if (kindClass(event.kind) === "ephemeral") return "ephemeral";
  const expiresAtS = expirationS(event) ?? Infinity;
  const keptUntilS = isPrivateKind(event.kind) ? event.created_at + retentionS : Infinity;
  if (expiresAtS <= nowS() || keptUntilS < nowS()) return "expired";
  const isBanned = moderation.isBannedKey(event.pubkey) || moderation.isBannedEvent(event.id);
  return isBanned ? "banned" : null;
}

/** By NIP-01's machine-readable prefix. */
function resultOf({ accepted, message }: IngestAnswer): Omit<LineResult, "number"> {
  const prefix = message.slice(0, message.indexOf(":"));
  if (accepted) return { outcome: prefix === "duplicate" ? "known" : "imported", reason: "" };
  if (prefix === "duplicate") return { outcome: "older", reason: "" };
  if (prefix === "blocked") return { outcome: "deleted", reason: "" };
  return { outcome: prefix === "error" ? "failed" : "refused", reason: withoutPrefix(message) };
}

function withoutPrefix(message: string): string {
  return message.slice(message.indexOf(":") + 1).trim();
}
