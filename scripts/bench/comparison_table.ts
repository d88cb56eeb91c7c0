import type { Row } from "./relay_rows.ts";
import { formatAim, formatNumber, verdict } from "./report.ts";

/** What was measured of one relay. */
export interface Column {
  name: string;
  /** What stands below the table, such as how durable its OK is. */
  note?: string;
  /** The column of ours that is as durable; none for ours. */
  against?: string;
  rows: Row[];
}

/**
 * How many times better ours is: above 1 is ahead. NaN where the row has no better.
 */
export function ratioAhead(ours: Row, theirs: number): number {
  if (ours.better === "same") return NaN;
  return ours.better === "more" ? ours.value / theirs : theirs / ours.value;
}

/** Lines of a table: one row for each measured value, one column for each relay, ratios of ours to each peer. */
export function formatComparison(title: string, columns: readonly Column[]): string {
  const [first] = columns;
  const head = ["", "", ...columns.map(({ name }) => name), "aim"];
  const body = first!.rows.map((row) => [
    row.name,
    row.unit,
    ...columns.map((column) => cell(row.name, { column, columns })),
    row.aim ? `${formatAim(row.aim)}  ${verdict(row.value, row.aim)}` : "",
  ]);
  const table = [head, ...body];
  const widths = head.map((_, at) => Math.max(...table.map((cells) => cells[at]!.length)));
  const lines = table.map((cells) =>
    cells.map((text, at) =>
      at === 0 || at === head.length - 1 ? text.padEnd(widths[at]!) : text.padStart(widths[at]!)
    )
      .join("  ").trimEnd()
  );
  const notes = columns.filter(({ note }) => note).map(({ name, note, against }) =>
    `${name}: ${note}${against ? `; (…) is how many times better ${against} is` : ""}`
  );
  return [title, ...[...lines, ...notes].map((line) => `  ${line}`)].join("\n");
}

function cell(
  name: string,
  { column, columns }: { column: Column; columns: readonly Column[] },
): string {
  const row = find(column, name);
  if (!row) return "–";
  const ours = find(columns.find((other) => other.name === column.against), name);
  const ratio = ours ? ratioAhead(ours, row.value) : NaN;
  const value = formatNumber(row.value);
  if (Number.isNaN(ratio)) return value;
  return `${value} (${ratio.toFixed(2)}×${ratio < 1 ? " BEHIND" : ""})`;
}

function find(column: Column | undefined, name: string): Row | undefined {
  return column?.rows.find((row) => row.name === name);
}
