import {
  createItemCollector,
  type NegentropyItem,
  type NegentropyItems,
} from "./negentropy_items.ts";
import {
  type Bound,
  createMessageWriter,
  END,
  FINGERPRINT_BYTES,
  ID_BYTES,
  MAX_RANGE_HEAD_BYTES,
  MAX_VARINT_BYTES,
  type MessageWriter,
  parseMessage,
  PROTOCOL_VERSION,
  type Range,
} from "./negentropy_message.ts";

/** The smallest `frameSizeLimit`: the answer to one range must fit, or the other side would ask for ever. */
export const MIN_NEGENTROPY_FRAME_BYTES = 4096;

/** A range that differs is split into so many fingerprints; one with fewer than two items for each is listed. */
const BUCKETS = 16;
/** What is always kept free: a range that is skipped, then the fingerprint of the rest. */
const TAIL_BYTES = MAX_RANGE_HEAD_BYTES + 3 + FINGERPRINT_BYTES;
const MAX_LIST_HEAD_BYTES = MAX_RANGE_HEAD_BYTES + MAX_VARINT_BYTES;
const MAX_SPLIT_BYTES = Math.max(
  BUCKETS * (MAX_RANGE_HEAD_BYTES + FINGERPRINT_BYTES),
  MAX_LIST_HEAD_BYTES + (2 * BUCKETS - 1) * ID_BYTES,
);

export interface ReconcileOptions {
  /**
   * Bytes that the answer has at most, {@link MIN_NEGENTROPY_FRAME_BYTES} or more; the ranges beyond it become one
   * fingerprint, from which the other side goes on.
   */
  frameSizeLimit: number;
}

/** A set of items as the side that answers sees it. It does not change, and keeps nothing between two messages. */
export interface NegentropySet {
  readonly size: number;
  /**
   * Answers one message of the side that began. An answer of one byte has no ranges: either nothing is left to
   * compare, or the message is of another version, and the byte says which version would be understood.
   *
   * @throws ProtocolError `malformed`, or `too_large` above `MAX_NEGENTROPY_MESSAGE_BYTES`
   */
  reconcile(message: Uint8Array, options: ReconcileOptions): Uint8Array;
  /** The same in short steps, at each of which the caller may pause; a message of 64 KiB takes thousands. */
  reconcileSteps(message: Uint8Array, options: ReconcileOptions): Generator<null, Uint8Array>;
}

/** Collects the items of a set, as slowly as the caller wants. */
export interface NegentropySetBuilder {
  /**
   * Adds the next item. They must come newest first, ties by lowest id, as a relay sends stored events. (NIP-01)
   *
   * @throws RangeError where the item is none, or comes out of order or twice
   */
  add(item: NegentropyItem): void;
  /** Ends the collection: from then on `add` and `seal` throw. */
  seal(): NegentropySet;
}

/**
 * A set for negentropy, the protocol that finds how two sets of events differ. About 80 bytes an item.
 * (NIP-77, negentropy protocol v1)
 */
export function createNegentropySet(): NegentropySetBuilder {
  const { add, seal } = createItemCollector();
  return {
    add,
    seal() {
      const items = seal();
      return {
        size: items.size,
        reconcile: (message, options) => lastOf(reconcile(items, { message, ...options })),
        reconcileSteps: (message, options) => reconcile(items, { message, ...options }),
      };
    },
  };
}

interface Answer {
  items: NegentropyItems;
  output: MessageWriter;
  /** Where `output` is full; beyond it is room for a tail. */
  maxBytes: number;
}

/** A part of the items, and the bound at which it ends. */
interface Span {
  lower: number;
  upper: number;
  bound: Bound;
}

function lastOf<T>(steps: Generator<null, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

function* reconcile(
  items: NegentropyItems,
  { message, frameSizeLimit }: ReconcileOptions & { message: Uint8Array },
): Generator<null, Uint8Array> {
  if (!(frameSizeLimit >= MIN_NEGENTROPY_FRAME_BYTES)) {
    throw new RangeError(`frameSizeLimit is at least ${MIN_NEGENTROPY_FRAME_BYTES}`);
  }
  const { version, ranges } = parseMessage(message);
  if (version !== PROTOCOL_VERSION) return Uint8Array.of(PROTOCOL_VERSION);
  const output = createMessageWriter(frameSizeLimit);
  const answer = { items, output, maxBytes: frameSizeLimit - TAIL_BYTES };
  let lower = 0;
  let skipped: Bound | null = null;
  for (const range of ranges) {
    yield null;
    const span = { lower, upper: items.lowerBound(range.upper, lower), bound: range.upper };
    if (hasNoDifference(range, { items, span })) skipped = range.upper;
    else {
      if (skipped) output.skip(skipped);
      skipped = null;
      const rest = writeAnswer(answer, { mode: range.mode, span });
      if (rest !== null) {
        output.fingerprint(END, items.fingerprint(rest, items.size));
        break;
      }
    }
    lower = span.upper;
  }
  return output.bytes();
}

function hasNoDifference(
  range: Range,
  { items, span }: { items: NegentropyItems; span: Span },
): boolean {
  if (range.mode !== "fingerprint") return range.mode === "skip";
  const own = items.fingerprint(span.lower, span.upper);
  return own.every((byte, i) => byte === range.fingerprint[i]);
}

/** Answers a range as far as there is room. Null, or the position from which on all is still to be answered. */
function writeAnswer(
  answer: Answer,
  { mode, span }: { mode: Range["mode"]; span: Span },
): number | null {
  const { output, maxBytes } = answer;
  if (output.size() + MAX_SPLIT_BYTES > maxBytes) return span.lower;
  const isShort = span.upper - span.lower < 2 * BUCKETS;
  if (mode === "idList" || isShort) return writeIds(answer, span);
  writeFingerprints(answer, span);
  return null;
}

/** Lists the ids of a range as far as there is room. Null, or the position before which the list ends. */
function writeIds(
  { items, output, maxBytes }: Answer,
  { lower, upper, bound }: Span,
): number | null {
  const room = Math.floor((maxBytes - output.size() - MAX_LIST_HEAD_BYTES) / ID_BYTES);
  const end = Math.min(upper, lower + room);
  const ids = Array.from({ length: end - lower }, (_, i) => items.id(lower + i));
  output.idList(end < upper ? items.boundBefore(end) : bound, ids);
  return end < upper ? end : null;
}

function writeFingerprints({ items, output }: Answer, { lower, upper, bound }: Span): void {
  for (let bucket = 1, start = lower; bucket <= BUCKETS; bucket++) {
    const end = lower + Math.floor((upper - lower) * bucket / BUCKETS);
    output.fingerprint(end < upper ? items.boundBefore(end) : bound, items.fingerprint(start, end));
    start = end;
  }
}
