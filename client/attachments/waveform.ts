/** The loudness of a recording in so many parts, from 0 to 1; the loudest part is 1, and silence is silent. */
export function waveformOf(samples: Float32Array, parts: number): number[] {
  const step = samples.length / parts;
  const loudness = Array.from({ length: parts }, (_, part) => {
    const begin = Math.floor(part * step);
    const end = Math.max(begin + 1, Math.floor((part + 1) * step));
    let sum = 0;
    for (let at = begin; at < end; at++) sum += (samples[at] ?? 0) ** 2;
    return Math.sqrt(sum / (end - begin));
  });
  const loudest = Math.max(...loudness);
  return loudest < 0.001 ? loudness.map(() => 0) : loudness.map((each) => each / loudest);
}

/** A time of so many milliseconds: `0:07`, `12:30`. */
export function clockOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
