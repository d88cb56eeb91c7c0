import { decodeBase64url, encodeBase64url } from "../../protocol/bytes.ts";

/** Parts of a waveform, a byte each. */
const WAVEFORM_PARTS = 48;

/** The loudness of a recording in so many parts, from 0 to 1; the loudest part is 1, and silence is silent. */
export function waveformOf(levels: readonly number[], parts = WAVEFORM_PARTS): number[] {
  const step = levels.length / parts;
  const loudness = Array.from({ length: parts }, (_, part) => {
    const begin = Math.floor(part * step);
    const end = Math.max(begin + 1, Math.floor((part + 1) * step));
    let sum = 0;
    for (let at = begin; at < end; at++) sum += (levels[at] ?? 0) ** 2;
    return Math.sqrt(sum / (end - begin));
  });
  const loudest = Math.max(...loudness);
  return loudest < 0.001 ? loudness.map(() => 0) : loudness.map((each) => each / loudest);
}

/** As it stands in a message: a byte for each part, in base64url. */
export function encodeWaveform(waveform: readonly number[]): string {
  return encodeBase64url(Uint8Array.from(waveform, (each) => Math.round(each * 255)));
}

/** What a message says; flat where it says nothing that can be read. */
export function decodeWaveform(text: string | null): number[] {
  const bytes = text === null ? null : decodeBase64url(text);
  return bytes && bytes.length > 0
    ? Array.from(bytes, (byte) => byte / 255)
    : Array(WAVEFORM_PARTS).fill(0);
}

/** A time of so many milliseconds: `0:07`, `12:30`. */
export function clockOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
