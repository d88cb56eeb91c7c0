import type { Row } from "./relay_rows.ts";
import { formatAim, formatValue, verdict } from "./report.ts";

/** What was measured of one relay. */
export interface Column {
  name: string;
  /** What stands below the table, such as how durable its OK is. */
  notes: string[];
  /** The column of ours that is as durable; none for ours. */
  against?: string;
  rows: Row[];
}

/**
 * How many times better ours is: above 1 is ahead. NaN where the row has no better, or one of the values is missing.
 */
export function ratioAhead(ours: Row, theirs: number): number {
  if (ours.better === "zero") return NaN;
  return ours.better === "more" ? ours.value / theirs : theirs / ours.value;
}

/** Lines of a table: one row for each measured value, one column for each relay, ratios of ours to each peer. */
export function formatComparison(title: string, columns: readonly Column[]): string {
  const head = ["", "", ...columns.map(({ name }) => name), "aim"];
  const body = shownRows(columns).map((row) => [
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
  return [title, ...[...lines, ...columns.flatMap(notesOn)].map((line) => `  ${line}`)].join("\n");
}

/** False for a count of faults where there are none. */
export function isShown({ better, value }: Row): boolean {
  return better !== "zero" || value > 0;
}

/** The first row of each name that some column shows, in the order of the column that has most. */
function shownRows(columns: readonly Column[]): Row[] {
  const ordered = columns.toSorted((a, b) => b.rows.length - a.rows.length);
  const names = new Set(ordered.flatMap(({ rows }) => rows.map(({ name }) => name)));
  return [...names].map((name) => columns.flatMap((column) => find(column, name) ?? []))
    .filter((rows) => rows.some(isShown))
    .map(([first]) => first!);
}

function notesOn({ name, notes, against, rows }: Column): string[] {
  const failed = rows.filter(({ value }) => Number.isNaN(value));
  const failures = [...Map.groupBy(failed, ({ note }) => note ?? "no answer")]
    .map(([reason, rows]) => `${name}, ${rows.map((row) => row.name).join("; ")}: ${reason}`);
  const compared = against ? [`(…) is how many times better ${against} is`] : [];
  const all = [...notes, ...compared];
  return all.length === 0 ? failures : [`${name}: ${all.join("; ")}`, ...failures];
}

function cell(
  name: string,
  { column, columns }: { column: Column; columns: readonly Column[] },
): string {
  const row = find(column, name);
  if (!row) return "–";
  const ours = find(columns.find((other) => other.name === column.against), name);
  const ratio = ours ? ratioAhead(ours, row.value) : NaN;
  const value = formatValue(row.value);
  if (Number.isNaN(ratio)) return value;
  return `${value} (${ratio.toFixed(2)}×${ratio < 1 ? " BEHIND" : ""})`;
}

function find(column: Column | undefined, name: string): Row | undefined {
  return column?.rows.find((row) => row.name === name);
}
