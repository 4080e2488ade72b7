/**
 * What streams cost that only stay, and what a big request costs before its first byte of answer.
 *
 * @module
 */

import { ask, type Asked, shortBody } from "./client.ts";
import { type Hop, memoryOf } from "./hop.ts";
import { measureFlood, quantile, wait } from "./measure_speed.ts";

/** What {@link measureIdle} needs. */
export interface IdleOptions {
  /** How many streams to hold, in rising order; each count is measured on top of the one before. */
  readonly counts: readonly number[];
  /** Milliseconds after which memory is read. */
  readonly settle: number;
  /** Milliseconds between the hop's heartbeats, whose lateness is measured for two intervals; none of a hop without. */
  readonly heartbeat: number | undefined;
}

/** What one count of idle streams cost. */
export interface Held {
  readonly streams: number;
  /** Resident bytes of the hop for each of them. */
  readonly memory: number;
  /** The 99th percentile of how much later than its interval a heartbeat came, in milliseconds; NaN without any. */
  readonly late: number;
}

/** Opens silent streams on a fresh hop and holds them; what memory earlier streams left free would hide theirs. */
export async function measureIdle(hop: Hop, options: IdleOptions): Promise<Held[]> {
  const { counts, settle, heartbeat } = options;
  await measureFlood(hop, { streams: 4, events: 1_000, together: 1, lasting: 300 });
  await wait(settle);
  const base = memoryOf(hop);
  const held: Held[] = [];
  const open: Asked[] = [];
  const reading: Promise<void>[] = [];
  const late: number[] = [];
  let watching = false;
  let ended = 0;
  const listen = async (asked: Asked) => {
    let last = NaN;
    for (let bytes = await asked.read(); bytes; bytes = await asked.read()) {
      const now = performance.now();
      if (watching && !Number.isNaN(last)) late.push(Math.max(0, now - last - (heartbeat ?? 0)));
      last = now;
    }
    ended++;
  };
  try {
    for (const count of counts) {
      while (open.length < count) {
        const some = Math.min(100, count - open.length);
        const more = Array.from({ length: some }, () => ask(hop, shortBody("idle"), 4_096));
        for (const asked of await Promise.all(more)) {
          open.push(asked);
          reading.push(listen(asked));
        }
        await wait(20); // nobody opens thousands in one instant
      }
      await wait(settle);
      const memory = (memoryOf(hop) - base) / count;
      if (heartbeat !== undefined) {
        await wait(heartbeat);
        watching = true;
        await wait(2 * heartbeat);
        watching = false;
      }
      if (ended > 0) throw new Error(`${hop.name}: ${ended} of ${count} idle streams have ended`);
      late.sort((a, b) => a - b);
      held.push({ streams: count, memory, late: quantile(late, 0.99) });
      late.length = 0;
    }
  } finally {
    for (const asked of open) asked.leave();
    await Promise.allSettled(reading);
  }
  await Promise.all(reading);
  return held;
}

/** Sends a request of about `bytes` as Codex would late in a session; returns milliseconds until the first byte of the answer. */
export async function measureRequest(hop: Hop, body: Uint8Array): Promise<number> {
  const began = performance.now();
  const asked = await ask(hop, body);
  const stalled = setTimeout(() => asked.leave(), 60_000);
  const first = await asked.read();
  const took = performance.now() - began;
  clearTimeout(stalled);
  asked.leave();
  if (!first) throw new Error(`${hop.name} did not answer the big request`);
  return took;
}

/** A long history: questions, calls of tools with their outputs, answers. */
export function longRequest(bytes: number): Uint8Array {
  const output = "const answer = 42; // a line of some file\n".repeat(100);
  const turn = (at: number) => {
    const call = `call_${at}`;
    const say = (role: string, type: string) => {
      return { type: "message", role, content: [{ type, text: `Turn ${at}: on with it` }] };
    };
    return [
      say("user", "input_text"),
      {
        type: "function_call",
        call_id: call,
        name: "exec_command",
        arguments: `{"cmd":"cat ${at}"}`,
      },
      { type: "function_call_output", call_id: call, output },
      say("assistant", "output_text"),
    ];
  };
  const each = JSON.stringify(turn(1_000)).length;
  const input = Array.from({ length: Math.ceil(bytes / each) }, (_, at) => turn(at)).flat();
  const tools = [{
    type: "function",
    name: "exec_command",
    parameters: { type: "object", properties: { cmd: { type: "string" } } },
  }];
  return new TextEncoder().encode(
    JSON.stringify({ model: "idle", stream: true, store: false, input, tools }),
  );
}
