import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, decodeHex } from "./bytes.ts";
import { type Bound, encodeVarint, FINGERPRINT_BYTES, ID_BYTES } from "./negentropy_message.ts";

/** All that negentropy knows of an event. */
export interface NegentropyItem {
  /** 64 lower-case hex. */
  id: string;
  createdAtS: number;
}

/** Items in negentropy's order, by time and then by id, both ascending; `upper` ends of ranges are exclusive. */
export interface NegentropyItems {
  readonly size: number;
  /** A view of the 32 bytes. */
  id(position: number): Uint8Array;
  /** The first position from `lower` on whose item is not before the bound, or `size`. */
  lowerBound(bound: Bound, lower: number): number;
  /** The shortest bound with which the item at `position` begins; `position` is neither 0 nor `size`. */
  boundBefore(position: number): Bound;
  /** 16 bytes that are equal on both sides where the ids of the range are. */
  fingerprint(lower: number, upper: number): Uint8Array;
}

const LIMBS = 8;
/** Memory grows by as many items: nothing is copied for it, and a set of few items takes 9 KiB. */
const ITEMS_PER_CHUNK = 128;

/** The items of some slots. A slot is a position counted from the end: items come in newest first. */
interface Chunk {
  times: Float64Array;
  ids: Uint8Array;
  /** The bytes of `ids`, to be read as words. */
  words: DataView;
  /** For each slot the sum of all ids up to it modulo 2^256, lowest limb first. */
  sums: Uint32Array;
}

function createChunk(): Chunk {
  const buffer = new ArrayBuffer(ITEMS_PER_CHUNK * (8 + ID_BYTES + LIMBS * 4));
  const [idsAt, sumsAt] = [ITEMS_PER_CHUNK * 8, ITEMS_PER_CHUNK * (8 + ID_BYTES)];
  return {
    times: new Float64Array(buffer, 0, ITEMS_PER_CHUNK),
    ids: new Uint8Array(buffer, idsAt, ITEMS_PER_CHUNK * ID_BYTES),
    words: new DataView(buffer, idsAt, ITEMS_PER_CHUNK * ID_BYTES),
    sums: new Uint32Array(buffer, sumsAt, ITEMS_PER_CHUNK * LIMBS),
  };
}

/**
 * Collects items that come newest first, ties by lowest id. Sums of ids are kept for every slot, so that a fingerprint
 * costs one hash however large its range is.
 */
export function createItemCollector(): {
  /** @throws RangeError where the item is no item, or comes out of order or twice */
  add(item: NegentropyItem): void;
  /** Ends the collection: from then on `add` and `seal` throw. */
  seal(): NegentropyItems;
} {
  const chunks: Chunk[] = [];
  const total = new Uint32Array(LIMBS);
  let size = 0;
  /** Slots before this one are in their final order, and have their sums. */
  let settled = 0;
  let last: NegentropyItem | null = null;
  let isSealed = false;

  function add(item: NegentropyItem): void {
    if (isSealed) throw new Error("the items are sealed");
    const id = decodeHex(item.id);
    if (id?.length !== ID_BYTES || !Number.isSafeInteger(item.createdAtS) || item.createdAtS < 0) {
      throw new RangeError("an item is 64 lower-case hex and Unix seconds");
    }
    if (last !== null && !isAfter(item, last)) {
      throw new RangeError("items must come newest first, ties by lowest id, each once");
    }
    if (item.createdAtS !== last?.createdAtS) settle();
    if (size % ITEMS_PER_CHUNK === 0) chunks.push(createChunk());
    const { times, ids } = chunks.at(-1)!;
    times[size % ITEMS_PER_CHUNK] = item.createdAtS;
    ids.set(id, (size % ITEMS_PER_CHUNK) * ID_BYTES);
    size += 1;
    last = { id: item.id, createdAtS: item.createdAtS };
  }

  /** Items of one second came lowest id first, against the order of the slots: turns them round, then sums up. */
  function settle(): void {
    for (let low = settled, high = size - 1; low < high; low++, high--) swapIds(chunks, low, high);
    for (; settled < size; settled++) {
      const { words, sums } = chunks[Math.floor(settled / ITEMS_PER_CHUNK)]!;
      const at = settled % ITEMS_PER_CHUNK;
      addId(total, words, at * ID_BYTES);
      sums.set(total, at * LIMBS);
    }
  }

  return {
    add,
    seal() {
      if (isSealed) throw new Error("the items are sealed");
      isSealed = true;
      settle();
      return createItems(chunks, size);
    },
  };
}

function isAfter(item: NegentropyItem, last: NegentropyItem): boolean {
  return item.createdAtS < last.createdAtS ||
    (item.createdAtS === last.createdAtS && item.id > last.id);
}

function swapIds(chunks: readonly Chunk[], a: number, b: number): void {
  const { words: wordsA } = chunks[Math.floor(a / ITEMS_PER_CHUNK)]!;
  const { words: wordsB } = chunks[Math.floor(b / ITEMS_PER_CHUNK)]!;
  const [atA, atB] = [(a % ITEMS_PER_CHUNK) * ID_BYTES, (b % ITEMS_PER_CHUNK) * ID_BYTES];
  for (let offset = 0; offset < ID_BYTES; offset += 4) {
    const word = wordsA.getUint32(atA + offset);
    wordsA.setUint32(atA + offset, wordsB.getUint32(atB + offset));
    wordsB.setUint32(atB + offset, word);
  }
}

function addId(total: Uint32Array, words: DataView, at: number): void {
  let carry = 0;
  for (let limb = 0; limb < LIMBS; limb++) {
    const sum = total[limb]! + words.getUint32(at + limb * 4, true) + carry;
    total[limb] = sum;
    carry = sum > 0xffff_ffff ? 1 : 0;
  }
}

function createItems(chunks: readonly Chunk[], size: number): NegentropyItems {
  const chunkOf = (slot: number) => chunks[Math.floor(slot / ITEMS_PER_CHUNK)]!;
  const slotOf = (position: number) => size - 1 - position;

  function time(position: number): number {
    const slot = slotOf(position);
    return chunkOf(slot).times[slot % ITEMS_PER_CHUNK]!;
  }

  function id(position: number): Uint8Array {
    const slot = slotOf(position);
    const at = (slot % ITEMS_PER_CHUNK) * ID_BYTES;
    return chunkOf(slot).ids.subarray(at, at + ID_BYTES);
  }

  function isBefore(position: number, { createdAtS, idPrefix }: Bound): boolean {
    const difference = time(position) - createdAtS;
    if (difference !== 0) return difference < 0;
    const bytes = id(position);
    const at = idPrefix.findIndex((byte, i) => byte !== bytes[i]);
    return at >= 0 && bytes[at]! < idPrefix[at]!;
  }

  function lowerBound(bound: Bound, lower: number): number {
    let upper = size;
    while (lower < upper) {
      const middle = (lower + upper) >>> 1;
      if (isBefore(middle, bound)) lower = middle + 1;
      else upper = middle;
    }
    return lower;
  }

  function boundBefore(position: number): Bound {
    const createdAtS = time(position);
    if (time(position - 1) !== createdAtS) return { createdAtS, idPrefix: new Uint8Array() };
    const [previous, bytes] = [id(position - 1), id(position)];
    const shared = bytes.findIndex((byte, i) => byte !== previous[i]);
    return { createdAtS, idPrefix: bytes.subarray(0, shared + 1) };
  }

  function sumOfNewest(count: number): Uint32Array {
    if (count === 0) return new Uint32Array(LIMBS);
    const at = ((count - 1) % ITEMS_PER_CHUNK) * LIMBS;
    return chunkOf(count - 1).sums.subarray(at, at + LIMBS);
  }

  function fingerprint(lower: number, upper: number): Uint8Array {
    const sum = subtract(sumOfNewest(size - lower), sumOfNewest(size - upper));
    return sha256(concatBytes(sum, encodeVarint(upper - lower))).subarray(0, FINGERPRINT_BYTES);
  }

  return { size, id, lowerBound, boundBefore, fingerprint };
}

/** The difference modulo 2^256 as 32 little-endian bytes. */
function subtract(a: Uint32Array, b: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(LIMBS * 4);
  const words = new DataView(bytes.buffer);
  let borrow = 0;
  for (let limb = 0; limb < LIMBS; limb++) {
    const difference = a[limb]! - b[limb]! - borrow;
    words.setUint32(limb * 4, difference, true);
    borrow = difference < 0 ? 1 : 0;
  }
  return bytes;
}
