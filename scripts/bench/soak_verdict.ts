import { formatNumber } from "./report.ts";

/** What the verdict needs of a minute. */
export interface SoakMinute {
  megabytes: number;
  p99Ms: number;
}

/** A line on the whole of a soak: how its last minute was beside its first, and whether every event came once. */
export function formatVerdict(
  minutes: readonly SoakMinute[],
  { refused, lost, doubled }: { refused: number; lost: number; doubled: number },
): string {
  const change = (of: (minute: SoakMinute) => number, unit: string) => {
    const [first, last] = [minutes.at(0), minutes.at(-1)].map((minute) =>
      minute ? of(minute) : NaN
    );
    return `${formatNumber(first!)} → ${formatNumber(last!)} ${unit} (${
      (last! / first!).toFixed(2)
    }×)`;
  };
  return [
    `verdict: memory ${change(({ megabytes }) => megabytes, "MB")}`,
    `p99 ${change(({ p99Ms }) => p99Ms, "ms")}`,
    `${refused} refused, ${lost} lost, ${doubled} doubled`,
    refused + lost + doubled === 0 ? "every event came once" : "FAULTY",
  ].join("; ");
}
