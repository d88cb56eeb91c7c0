/** What a measured value should be. */
export type Aim = { atLeast: number } | { atMost: number };

/** One measured value. */
export interface Measurement {
  name: string;
  value: number;
  /** Stands behind the value: `events/s`, `ms`, `MB`, `KB`. */
  unit: string;
  aim?: Aim;
  /** Anything that explains the value, such as a spread. */
  note?: string;
}

/**
 * The value at a percentile of a list, by nearest rank; NaN for an empty list.
 *
 * @param percent 0 to 100
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? NaN;
}

/** How many times better than its aim a value is: 1 and above is good. */
export function ratioToAim(value: number, aim: Aim): number {
  return "atLeast" in aim ? value / aim.atLeast : aim.atMost / value;
}

/** Lines of a table: name, value, unit, and the aim with the ratio to it. */
export function formatTable(title: string, rows: readonly Measurement[]): string {
  const cells = rows.map(({ name, value, unit, aim, note }) => [
    name,
    formatValue(value),
    unit,
    aim ? formatAim(aim) : "",
    aim ? verdict(value, aim) : "",
    note ?? "",
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(0, ...cells.map((row) => row[column]!.length))
  );
  const lines = cells.map((row) =>
    row.map((cell, column) =>
      column === 1 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column] ?? 0)
    ).join("  ").trimEnd()
  );
  return [title, ...lines.map((line) => `  ${line}`)].join("\n");
}

/** An aim as a table has it. */
export function formatAim(aim: Aim): string {
  return "atLeast" in aim ? `≥ ${formatNumber(aim.atLeast)}` : `≤ ${formatNumber(aim.atMost)}`;
}

/** The ratio of a value to its aim, in words; what could not be measured has missed it. */
export function verdict(value: number, aim: Aim): string {
  const ratio = ratioToAim(value, aim);
  if (Number.isNaN(ratio)) return "MISSED";
  return `${ratio.toFixed(2)} × ${ratio >= 1 ? "met" : "MISSED"}`;
}

/** A measured value as a table has it; NaN is one that could not be measured. */
export function formatValue(value: number): string {
  return Number.isNaN(value) ? "no answer" : formatNumber(value);
}

/** A number as a table has it: with a decimal where it is below 100. */
export function formatNumber(value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 1;
  return value.toLocaleString("en-GB", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
