/**
 * The bench's clients: paced streams that measure latency, floods that measure capacity, idle ones that only stay.
 *
 * Client and provider share this process and so its clock: a delta's time of making can be compared with now.
 *
 * @module
 */

import type { Hop } from "./hop.ts";

/** What paced streams saw in one window. */
export interface Paced {
  /** Events a second over all streams. */
  readonly rate: number;
  /** Milliseconds from making to arrival. */
  readonly p50: number;
  readonly p99: number;
}

/** Options of {@link measurePaced}. */
export interface PacedOptions {
  readonly streams: number;
  /** Events a second on each stream. */
  readonly pace: number;
  /** Milliseconds thrown away at the start, and milliseconds measured. */
  readonly warm: number;
  readonly window: number;
}

/** Runs `streams` paced streams at once and measures one window of them. */
export async function measurePaced(
  hop: Hop,
  { streams, pace, warm, window }: PacedOptions,
): Promise<Paced> {
  const latencies: number[] = [];
  let measuring = false;
  const stop = new AbortController();
  const readers = Array.from({ length: streams }, async (_, i) => {
    await wait(i * warm / 2 / streams); // spread over the pace, as independent users are
    await read(await post(hop, `paced-${pace}`, stop.signal), stop.signal, (text) => {
      if (!measuring) return;
      const now = performance.now();
      for (const [, made] of text.matchAll(/@(\d+\.\d{3}) /g)) latencies.push(now - Number(made));
    });
  });
  await wait(warm);
  measuring = true;
  const begin = performance.now();
  await wait(window);
  measuring = false;
  const seconds = (performance.now() - begin) / 1_000;
  stop.abort();
  await Promise.all(readers);
  latencies.sort((a, b) => a - b);
  const at = (q: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))] ?? NaN;
  return { rate: latencies.length / seconds, p50: at(0.5), p99: at(0.99) };
}

/** Lets `streams` clients take `events` events each as fast as they come; returns events a second. */
export async function measureFlood(hop: Hop, streams: number, events: number): Promise<number> {
  const begin = performance.now();
  const never = new AbortController().signal;
  await Promise.all(Array.from({ length: streams }, async () => {
    let tail = "";
    await read(await post(hop, `flood-${events}`, never), never, (text) => {
      tail = (tail + text).slice(-4_096);
    });
    // the end of response.completed: an answer that lost its tail must not count as fast
    if (!/"total_tokens":\d+/.test(tail)) {
      throw new Error(`${hop.name} cut a stream short: ${tail.slice(-200)}`);
    }
  }));
  return streams * events / ((performance.now() - begin) / 1_000);
}

/** Opens `streams` streams of one event a second, keeps them for `hold` ms; returns KiB of the hop's memory for each. */
export async function measureIdle(hop: Hop, streams: number, hold: number): Promise<number> {
  await measureFlood(hop, 4, 2_000); // the compiler's and the heap's first growth belongs to no stream
  const before = await hop.rss();
  const stop = new AbortController();
  let alive = 0;
  const readers: Promise<void>[] = [];
  for (let opened = 0; opened < streams; opened += 50) {
    for (let i = 0; i < Math.min(50, streams - opened); i++) {
      readers.push((async () => {
        const answer = await post(hop, "idle-1", stop.signal);
        alive++;
        await read(answer, stop.signal, () => {});
        alive--;
      })());
    }
    await wait(100);
  }
  await wait(hold);
  const after = await hop.rss();
  if (alive !== streams) {
    throw new Error(`${hop.name}: only ${alive} of ${streams} streams are alive`);
  }
  stop.abort();
  await Promise.all(readers);
  return (after - before) / streams;
}

async function post(hop: Hop, model: string, signal: AbortSignal): Promise<Response> {
  const input = [{ type: "message", role: "user", content: [{ type: "input_text", text: "go" }] }];
  const answer = await fetch(`${hop.base}/responses`, {
    method: "POST",
    headers: { "content-type": "application/json", "authorization": "Bearer bench" },
    body: JSON.stringify({ model, stream: true, store: false, input }),
    signal,
  });
  if (answer.status !== 200) {
    throw new Error(`${hop.name} answered ${answer.status}: ${await answer.text()}`);
  }
  return answer;
}

async function read(
  answer: Response,
  signal: AbortSignal,
  take: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of answer.body ?? []) take(decoder.decode(chunk, { stream: true }));
  } catch (error) {
    if (!signal.aborted) throw error;
    return;
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
