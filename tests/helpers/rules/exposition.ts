/**
 * Reads Prometheus' text format 0.0.4 as strictly as `promtool check metrics` does, and says what is wrong.
 *
 * @module
 */

/** One sample. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What was read. */
export interface Exposition {
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
  /** Sentences; none where all is well. */
  readonly problems: readonly string[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Reads and checks. */
export function readExposition(text: string): Exposition {
  const types = new Map<string, string>();
  const helps = new Set<string>();
  const samples: Sample[] = [];
  const problems: string[] = [];
  const seen = new Set<string>();
  const closed = new Set<string>();
  let current = "";
  if (!text.endsWith("\n")) problems.push("the last line has no end");
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, kind, family = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === "HELP") {
      if (helps.has(family)) problems.push(`${family} has two HELP lines`);
      if (rest.endsWith(".")) problems.push(`${family}'s help ends with a full stop`);
      helps.add(family);
    } else if (kind === "TYPE") {
      if (types.has(family)) problems.push(`${family} has two TYPE lines`);
      if (!helps.has(family)) problems.push(`${family} has no HELP before its TYPE`);
      types.set(family, rest);
    } else if (!line.startsWith("#")) {
      const sample = readSample(line);
      if (!sample) {
        problems.push(`cannot be read: ${line}`);
        continue;
      }
      samples.push(sample);
      const of = familyOf(sample.name, types);
      if (!types.has(of)) problems.push(`${sample.name} has no TYPE before it`);
      if (of !== current && closed.has(of)) problems.push(`${of} is in two places`);
      closed.add(of);
      current = of;
      const key = line.slice(0, line.lastIndexOf(" "));
      if (seen.has(key)) problems.push(`twice: ${key}`);
      seen.add(key);
    }
  }
  for (const [name, type] of types) problems.push(...checkFamily(name, type, samples));
  return { types, samples, problems };
}

function readSample(line: string): Sample | undefined {
  const [, name = "", inside, value = ""] =
    /^([^\s{]+)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$/.exec(line) ?? [];
  if (!NAME.test(name) || !/^(?:[+-]?(?:Inf|\d+(?:\.\d+)?(?:e[+-]?\d+)?)|NaN)$/i.test(value)) {
    return;
  }
  const pairs = [...(inside ?? "").matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
  const labels = Object.fromEntries(pairs.map(([, label = "", text = ""]) => [
    label,
    text.replace(/\\(.)/g, (_, escaped) => escaped === "n" ? "\n" : escaped),
  ]));
  return { name, labels, value: Number(value.replace("Inf", "Infinity")) };
}

function familyOf(name: string, types: ReadonlyMap<string, string>): string {
  const base = name.replace(/_(?:bucket|sum|count)$/, "");
  return types.get(base) === "histogram" ? base : name;
}

function checkFamily(name: string, type: string, samples: readonly Sample[]): string[] {
  const problems: string[] = [];
  if (!["counter", "gauge", "histogram"].includes(type)) problems.push(`${name} is a ${type}`);
  if ((type === "counter") !== name.endsWith("_total")) problems.push(`${name} is a ${type}`);
  if (type === "histogram") problems.push(...checkHistogram(name, samples));
  const own = samples.filter((sample) => sample.name === name);
  if (type === "counter" && own.some(({ value }) => !(value >= 0))) {
    problems.push(`${name} counts below zero`);
  }
  return problems;
}

function checkHistogram(name: string, samples: readonly Sample[]): string[] {
  const series = new Map<string, { le: number; value: number }[]>();
  const key = ({ labels: { le: _, ...rest } }: Sample) => JSON.stringify(rest);
  for (const sample of samples.filter((one) => one.name === `${name}_bucket`)) {
    const buckets = series.get(key(sample)) ?? [];
    buckets.push({
      le: Number((sample.labels.le ?? "").replace("Inf", "Infinity")),
      value: sample.value,
    });
    series.set(key(sample), buckets);
  }
  return [...series].flatMap(([labels, buckets]) => {
    const grows = buckets.every(({ le, value }, i) => {
      const before = buckets[i - 1];
      return before === undefined || (le > before.le && value >= before.value);
    });
    const count = samples.find((one) => one.name === `${name}_count` && key(one) === labels);
    const sum = samples.find((one) => one.name === `${name}_sum` && key(one) === labels);
    const last = buckets.at(-1);
    return [
      ...(grows ? [] : [`${name}${labels}: the buckets are not cumulative`]),
      ...(last?.le === Infinity ? [] : [`${name}${labels}: there is no +Inf`]),
      ...(count?.value === last?.value ? [] : [`${name}${labels}: count and +Inf differ`]),
      ...(sum ? [] : [`${name}${labels}: there is no sum`]),
    ];
  });
}
