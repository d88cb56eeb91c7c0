/** A part of a blob: from byte `start` up to and without `end`. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * The part that a `Range` header asks for. (RFC 9110 §14)
 *
 * @returns null where the whole is to be sent: without a header, or with one that asks for several parts or for no bytes at
 *   all; `unsatisfiable` where the part lies outside
 */
export function parseByteRange(
  header: string | null,
  size: number,
): ByteRange | null | "unsatisfiable" {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return null;
  const [first, last] = [match[1]!, match[2]!];
  if (first === "") {
    const count = Math.min(Number(last), size);
    return count === 0 ? "unsatisfiable" : { start: size - count, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return null;
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}
