/** One metric, as Prometheus reads it. (Text exposition format 0.0.4) */
export interface Metric {
  lines(): string[];
}

/** Other label values than these many are counted together: nobody outside can make more of them. */
const MAX_SERIES = 100;
const OTHER = "other";

export interface Counter extends Metric {
  /** @param values one for each label, in their order */
  add(...values: string[]): void;
}

/** Counts up, for each combination of label values on its own. */
export function createCounter(name: string, help: string, labels: readonly string[]): Counter {
  const series = createSeries(labels, () => ({ count: 0 }));
  return {
    add(...values) {
      series.at(values).count++;
    },
    lines: () => [
      ...head(name, { help, type: "counter" }),
      ...series.all().map(([text, { count }]) => `${name}${braced(text)} ${count}`),
    ],
  };
}

export interface Histogram extends Metric {
  observe(value: number, ...values: string[]): void;
}

/** Counts how often values were at most as high as each of `bounds`, which grow. */
export function createHistogram(
  name: string,
  help: string,
  { bounds, labels = [] }: { bounds: readonly number[]; labels?: readonly string[] },
): Histogram {
  const series = createSeries(labels, () => ({ counts: bounds.map(() => 0), count: 0, sum: 0 }));
  return {
    observe(value, ...values) {
      const own = series.at(values);
      own.count++;
      own.sum += value;
      const first = bounds.findIndex((bound) => value <= bound);
      if (first >= 0) own.counts[first]!++;
    },
    lines: () => [
      ...head(name, { help, type: "histogram" }),
      ...series.all().flatMap(([text, { counts, count, sum }]) => {
        let below = 0;
        const buckets = bounds.map((bound, i) => {
          below += counts[i]!;
          return `${name}_bucket${braced(text, `le="${bound}"`)} ${below}`;
        });
        return [
          ...buckets,
          `${name}_bucket${braced(text, `le="+Inf"`)} ${count}`,
          `${name}_sum${braced(text)} ${sum}`,
          `${name}_count${braced(text)} ${count}`,
        ];
      }),
    ],
  };
}

/**
 * Values that are read when they are asked for, by the value of one label; null where there is only one.
 */
export function gaugeLines(
  name: string,
  help: string,
  { label, values }: { label: string | null; values: Readonly<Record<string, number>> },
): string[] {
  return [
    ...head(name, { help, type: "gauge" }),
    ...Object.entries(values).map(([key, value]) =>
      `${name}${label === null ? "" : braced(labelText(label, key))} ${value}`
    ),
  ];
}

function createSeries<T>(labels: readonly string[], create: () => T) {
  const byText = new Map<string, T>();
  const textOf = (values: readonly string[]) =>
    labels.map((label, i) => labelText(label, values[i]!)).join(",");
  return {
    at(values: readonly string[]): T {
      const text = textOf(values);
      const key = byText.has(text) || byText.size < MAX_SERIES
        ? text
        : textOf(labels.map(() => OTHER));
      const known = byText.get(key);
      if (known !== undefined) return known;
      const fresh = create();
      byText.set(key, fresh);
      return fresh;
    },
    all: () => [...byText],
  };
}

function head(name: string, { help, type }: { help: string; type: string }): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function labelText(label: string, value: string): string {
  const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `${label}="${escaped}"`;
}

function braced(...texts: string[]): string {
  const inner = texts.filter((text) => text !== "").join(",");
  return inner === "" ? "" : `{${inner}}`;
}
