/**
 * Durations and sizes as people write and read them: `500ms 10s 5m 1h`, `64MiB`.
 *
 * @module
 */

const MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES: Record<string, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Reads a duration such as `1.5s` or `7d`; returns milliseconds, or `undefined` when it is no duration. */
export function parseDuration(text: string): number | undefined {
  return parseUnit(text, /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/, MS);
}

/** Reads a size such as `64MiB`; returns bytes, or `undefined` when it is no size. */
export function parseSize(text: string): number | undefined {
  return parseUnit(text, /^(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB)$/, BYTES);
}

function parseUnit(text: string, form: RegExp, units: Record<string, number>): number | undefined {
  const match = form.exec(text.trim());
  if (!match) return undefined;
  return Math.round(Number(match[1]) * (units[match[2] as string] as number));
}

/** Writes milliseconds for a reader: `250 ms`, `9.5 s`, `3 m`, `1 h 5 m`. */
export function showDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1_000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return [h && `${h} h`, m && `${m} m`, s && `${s} s`].filter(Boolean).join(" ");
}

/** Writes bytes for a reader: `512 B`, `64 MiB`. */
export function showSize(bytes: number): string {
  for (const unit of ["GiB", "MiB", "KiB"]) {
    const size = BYTES[unit] as number;
    if (bytes >= size) return `${Number((bytes / size).toFixed(1))} ${unit}`;
  }
  return `${bytes} B`;
}
