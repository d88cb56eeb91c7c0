import { malformed, ProtocolError } from "./errors.ts";

/** The first byte of every message: version 1. */
export const PROTOCOL_VERSION = 0x61;
/** First bytes that versions of negentropy may have. */
const VERSIONS = { first: 0x60, last: 0x6f };
/** A longer message is refused unread. */
export const MAX_NEGENTROPY_MESSAGE_BYTES = 64 * 1024;

export const ID_BYTES = 32;
export const FINGERPRINT_BYTES = 16;
/** What a number up to 2^53 - 1 takes at most. */
export const MAX_VARINT_BYTES = 8;
/** What a range takes at most before its fingerprint or ids: time, length of the prefix, prefix, mode. */
export const MAX_RANGE_HEAD_BYTES = MAX_VARINT_BYTES + 1 + ID_BYTES + 1;

const MODE = { skip: 0, fingerprint: 1, idList: 2 } as const;

/**
 * A place between items ordered by time, then id: before it are the items of earlier seconds, and those of the same
 * second whose ids are lower than the prefix filled up with zeros.
 */
export interface Bound {
  /** Unix seconds, or Infinity after all items. */
  createdAtS: number;
  /** 0 to 32 bytes. */
  idPrefix: Uint8Array;
}

/** The bound after all items. */
export const END: Bound = { createdAtS: Infinity, idPrefix: new Uint8Array() };

/**
 * What a message says about the items from the range before it up to, and without, its upper bound. The ids of a
 * list are left out: a server answers with its own ones, whatever they are.
 */
export type Range =
  | { mode: "skip" | "idList"; upper: Bound }
  | { mode: "fingerprint"; upper: Bound; fingerprint: Uint8Array };

/**
 * Reads a whole message. Of another version than {@link PROTOCOL_VERSION} nothing but the version is read. (NIP-77)
 *
 * @throws ProtocolError `too_large` above {@link MAX_NEGENTROPY_MESSAGE_BYTES}, `malformed`
 */
export function parseMessage(message: Uint8Array): { version: number; ranges: Range[] } {
  if (message.length > MAX_NEGENTROPY_MESSAGE_BYTES) {
    throw new ProtocolError(
      "too_large",
      `a negentropy message has at most ${MAX_NEGENTROPY_MESSAGE_BYTES} bytes`,
    );
  }
  const reader = createReader(message);
  const version = reader.byte();
  if (version < VERSIONS.first || version > VERSIONS.last) {
    throw malformed("a negentropy message begins with its version, 0x60 to 0x6f");
  }
  const ranges: Range[] = [];
  if (version !== PROTOCOL_VERSION) return { version, ranges };
  let lower: Bound = { createdAtS: 0, idPrefix: new Uint8Array() };
  while (!reader.isAtEnd()) {
    const range = readRange(reader, lower);
    ranges.push(range);
    lower = range.upper;
  }
  return { version, ranges };
}

function readRange(reader: Reader, lower: Bound): Range {
  const upper = readBound(reader, lower);
  const mode = reader.varint();
  if (mode === MODE.skip) return { mode: "skip", upper };
  if (mode === MODE.fingerprint) {
    return { mode: "fingerprint", upper, fingerprint: reader.take(FINGERPRINT_BYTES) };
  }
  if (mode !== MODE.idList) throw malformed(`a range has no mode ${mode}`);
  reader.take(reader.varint() * ID_BYTES);
  return { mode: "idList", upper };
}

function readBound(reader: Reader, lower: Bound): Bound {
  if (lower.createdAtS === Infinity) throw malformed("no range follows the one without end");
  const time = reader.varint();
  const createdAtS = time === 0 ? Infinity : lower.createdAtS + (time - 1);
  if (time !== 0 && createdAtS > Number.MAX_SAFE_INTEGER) {
    throw malformed("the time of a bound is too large");
  }
  const length = reader.varint();
  if (length > ID_BYTES) throw malformed(`the id prefix of a bound has at most ${ID_BYTES} bytes`);
  const idPrefix = reader.take(length);
  if (createdAtS === Infinity) return END;
  if (createdAtS === lower.createdAtS && compareIdPrefixes(idPrefix, lower.idPrefix) < 0) {
    throw malformed("the bounds of the ranges must ascend");
  }
  return { createdAtS, idPrefix };
}

function compareIdPrefixes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length || i < b.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

interface Reader {
  isAtEnd(): boolean;
  byte(): number;
  /** A view of the next bytes. */
  take(length: number): Uint8Array;
  varint(): number;
}

function createReader(message: Uint8Array): Reader {
  let at = 0;

  function take(length: number): Uint8Array {
    if (length > message.length - at) throw malformed("the message ends too early");
    at += length;
    return message.subarray(at - length, at);
  }

  const byte = () => take(1)[0]!;

  function varint(): number {
    let value = 0;
    for (let length = 1; length <= MAX_VARINT_BYTES; length++) {
      const digit = byte();
      value = value * 128 + (digit & 127);
      if (digit < 128) {
        if (value <= Number.MAX_SAFE_INTEGER) return value;
        break;
      }
    }
    throw malformed("a number of the message is too large");
  }

  return { isAtEnd: () => at === message.length, byte, take, varint };
}

/** Writes a message, range by range; upper bounds must ascend. */
export interface MessageWriter {
  /** Bytes written so far. */
  size(): number;
  skip(upper: Bound): void;
  fingerprint(upper: Bound, fingerprint: Uint8Array): void;
  idList(upper: Bound, ids: Uint8Array[]): void;
  bytes(): Uint8Array;
}

/** Starts a message of at most `maxBytes` with its version byte. */
export function createMessageWriter(maxBytes: number): MessageWriter {
  const message = new Uint8Array(maxBytes);
  message[0] = PROTOCOL_VERSION;
  let size = 1;
  let lastS = 0;

  function write(part: Uint8Array): void {
    message.set(part, size);
    size += part.length;
  }

  function writeHead({ createdAtS, idPrefix }: Bound, mode: number): void {
    write(encodeVarint(createdAtS === Infinity ? 0 : createdAtS - lastS + 1));
    lastS = createdAtS;
    write(encodeVarint(idPrefix.length));
    write(idPrefix);
    write(encodeVarint(mode));
  }

  return {
    size: () => size,
    skip: (upper) => writeHead(upper, MODE.skip),
    fingerprint(upper, fingerprint) {
      writeHead(upper, MODE.fingerprint);
      write(fingerprint);
    },
    idList(upper, ids) {
      writeHead(upper, MODE.idList);
      write(encodeVarint(ids.length));
      ids.forEach(write);
    },
    bytes: () => message.slice(0, size),
  };
}

/** Base 128, most significant digit first; all digits but the last have the high bit set. */
export function encodeVarint(value: number): Uint8Array {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift(128 + rest % 128);
  }
  return Uint8Array.from(digits);
}
