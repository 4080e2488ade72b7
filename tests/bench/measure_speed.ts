/**
 * Floods measure what a hop can carry, paced streams what it adds to each event.
 *
 * @module
 */

import { ask, shortBody } from "./client.ts";
import { cpuOf, type Hop } from "./hop.ts";

const latin = new TextDecoder("latin1");

/** What {@link measureFlood} needs. */
export interface FloodOptions {
  /** Answers at once. */
  readonly streams: number;
  /** Events of each answer. */
  readonly events: number;
  /** Events in each write of the provider. */
  readonly together: number;
  /** Milliseconds after which no further answer is asked for; one on each stream always is. */
  readonly lasting: number;
}

/** What a flood showed. */
export interface Flood {
  /** Events a second. */
  readonly rate: number;
  /** Microseconds of the hop's processor time for an event, whatever else the machine does; NaN where there is no process. */
  readonly cpu: number;
}

/** Milliseconds after which an answer that still has no end is an error. */
const STALLED = 60_000;

/**
 * Takes whole answers as fast as they come, one after the other on each stream.
 *
 * @throws where an answer has no end
 */
export async function measureFlood(hop: Hop, options: FloodOptions): Promise<Flood> {
  const { streams, events, together, lasting } = options;
  const body = shortBody(`flood-${events}-${together}`);
  const [began, cpu] = [performance.now(), cpuOf(hop)];
  let taken = 0;
  await Promise.all(Array.from({ length: streams }, async () => {
    do {
      const asked = await ask(hop, body);
      const stalled = setTimeout(() => asked.leave(), STALLED);
      let end = "";
      for (let bytes = await asked.read(); bytes; bytes = await asked.read()) {
        end = (end + latin.decode(bytes.subarray(-512))).slice(-512);
      }
      clearTimeout(stalled);
      // an answer that lost its end must not count as fast
      const said = /"total_tokens":(\d+)/.exec(unframed(end))?.[1];
      if (said !== `${events}`) throw new Error(`${hop.name} cut an answer short: ${end}`);
      taken += events;
    } while (performance.now() - began < lasting);
  }));
  return {
    rate: taken / ((performance.now() - began) / 1_000),
    cpu: (cpuOf(hop) - cpu) / taken * 1e6,
  };
}

/** Without the sizes of HTTP's chunks, which may stand in the middle of a word. */
function unframed(text: string): string {
  return text.replace(/\r\n(?:[0-9a-f]+\r\n)?/g, "");
}

/** What {@link measurePaced} needs. */
export interface PacedOptions {
  readonly streams: number;
  /** Events a second on each stream. */
  readonly pace: number;
  /** Milliseconds thrown away at the start, and milliseconds measured. */
  readonly warm: number;
  readonly window: number;
}

/** What paced streams saw in one window. */
export interface Paced {
  /** Milliseconds from the making of an event to its arrival. */
  readonly p50: number;
  readonly p99: number;
  /** Events that arrived, as a share of those that should have. */
  readonly arrived: number;
  /** Processor seconds of the hop for a million events; NaN where there is no process. */
  readonly cpu: number;
}

/** Runs paced streams at once and measures one window of them. The provider must be in this process, for its clock. */
export async function measurePaced(hop: Hop, options: PacedOptions): Promise<Paced> {
  const { streams, pace, warm, window } = options;
  const body = shortBody(`paced-${pace}`);
  const latencies: number[] = [];
  let measuring = false;
  const leaving = Array.from({ length: streams }, async (_, at) => {
    await wait(at * warm / 2 / streams); // spread over the pace, as independent users are
    const asked = await ask(hop, body, 8_192);
    const reading = (async () => {
      for (let bytes = await asked.read(); bytes; bytes = await asked.read()) {
        if (!measuring) continue;
        const now = performance.now();
        for (const [, made] of latin.decode(bytes).matchAll(/@(\d+\.\d{3}) /g)) {
          latencies.push(now - Number(made));
        }
      }
    })();
    return { asked, reading };
  });
  await wait(warm);
  const [began, cpu] = [performance.now(), cpuOf(hop)];
  measuring = true;
  await wait(window);
  measuring = false;
  const [seconds, spent] = [(performance.now() - began) / 1_000, cpuOf(hop) - cpu];
  for (const { asked, reading } of await Promise.all(leaving)) {
    asked.leave();
    await reading;
  }
  latencies.sort((a, b) => a - b);
  return {
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    arrived: latencies.length / (streams * pace * seconds),
    cpu: spent / latencies.length * 1e6,
  };
}

/** Of sorted values. */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

/** Milliseconds. */
export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
