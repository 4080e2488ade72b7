/**
 * Records exchanges, one file each: the request, the upstream's answer with its timing, and the outcome.
 *
 * While an exchange runs, its chunks are only copied. After its end they are cleaned and written in small steps, so
 * that other exchanges go on. Bytes beyond the limits are left out and counted.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { showSize } from "../../base/units.ts";
import type { ExchangeRecord, ExchangeStart, Level, Observer, UpstreamFact } from "../observer.ts";
import { type Fact, recordingLines, type RecordingOptions, type Tape } from "./lines.ts";

/** The settings of {@link recorder}. */
export interface RecorderOptions extends RecordingOptions {
  readonly clock: Clock;
  /** Only exchanges that failed, and those that needed more than one attempt. */
  readonly onlyFailures: boolean;
  /** Saves one file; `name` begins with the time. */
  readonly save: (name: string, lines: readonly string[]) => Promise<void>;
  /** Called when a recording could not be saved. */
  readonly notice: (level: Level, message: string) => void;
  /** The most bytes of answers of one exchange. @default {4 MiB} */
  readonly maxBytes?: number;
  /** The most bytes of answers in memory at once. @default {64 MiB} */
  readonly maxHeld?: number;
}

/** An observer that records. */
export interface Recorder extends Observer {
  /** Resolves when every finished exchange has been saved or given up. */
  flush(): Promise<void>;
}

/** Creates a recorder; it holds nothing until an exchange begins. */
export function recorder(options: RecorderOptions): Recorder {
  const { clock, onlyFailures, save, notice, maxBytes = 4 * 1024 ** 2, maxHeld = 64 * 1024 ** 2 } =
    options;
  const running = new Map<string, Tape>();
  const waiting: Tape[] = [];
  let held = 0;
  let writing: Promise<void> | undefined;

  function keep(tape: Tape, fact: UpstreamFact, at: number): void {
    if (fact.kind !== "bytes") {
      tape.facts.push({ ...fact, at });
      return;
    }
    const { length } = fact.bytes;
    const last = tape.facts.at(-1);
    // An answer with a gap would be another answer: after the first chunk that is left out, all others are left out too.
    if (last?.kind === "dropped") {
      last.bytes += length;
      return;
    }
    if (tape.size + length > maxBytes || held + length > maxHeld) {
      tape.facts.push({ kind: "dropped", at, bytes: length });
      return;
    }
    tape.facts.push({ kind: "bytes", at, bytes: fact.bytes.slice() }); // its buffer is used again
    tape.size += length;
    held += length;
  }

  async function drain(): Promise<void> {
    for (let tape = waiting.shift(); tape; tape = waiting.shift()) {
      try {
        const name = nameOf(tape);
        await save(name, await inSteps(clock, recordingLines(tape, options)));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        notice("warning", `A recording of ${showSize(tape.size)} could not be kept: ${reason}`);
      }
      held -= tape.size;
    }
    writing = undefined;
  }

  return {
    began(start: ExchangeStart) {
      running.set(start.id, {
        start,
        wall: clock.wall(),
        facts: [] as Fact[],
        size: 0,
        record: undefined,
      });
    },
    received(id, fact, at) {
      const tape = running.get(id);
      if (tape) keep(tape, fact, at);
    },
    attemptFailed: () => {},
    notice: () => {},
    finished(record) {
      const tape = running.get(record.id);
      if (!tape) return;
      running.delete(record.id);
      if (onlyFailures && !hadFailure(record)) {
        held -= tape.size;
        return;
      }
      tape.record = record;
      waiting.push(tape);
      writing ??= drain();
    },
    flush: () => writing ?? Promise.resolve(),
  };
}

function hadFailure({ outcome, attempts }: ExchangeRecord): boolean {
  return outcome === "failed" || attempts > 1;
}

/** `2026-11-23T07-20-11-123Z-1a2b3c4d-failed.jsonl`: in order of time, and safe on every file system. */
function nameOf({ wall, start, record }: Tape): string {
  const time = new Date(wall).toISOString().replace(/[:.]/g, "-");
  const id = start.id.replace(/\W/g, "").slice(0, 8);
  return `${time}-${id}-${record?.outcome ?? "running"}.jsonl`;
}

/** Runs a generator to its end and lets other work run every {@link STEP} milliseconds. */
async function inSteps<T>(clock: Clock, work: Generator<void, T>): Promise<T> {
  let until = clock.now() + STEP;
  while (true) {
    const step = work.next();
    if (step.done) return step.value;
    if (clock.now() < until) continue;
    await new Promise<void>((resolve) => clock.after(0, resolve));
    until = clock.now() + STEP;
  }
}

/** Milliseconds of work before other work may run. */
const STEP = 4;
