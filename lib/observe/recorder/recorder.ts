/**
 * Records exchanges: what was asked, what the upstream sent and when, what became of it. One file each.
 *
 * While an exchange runs, its chunks are only copied. They are cleaned and written when it is over, in small steps
 * between the work of others, and whatever cannot be afforded is left out and counted.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { showSize } from "../../base/units.ts";
import type { ExchangeRecord, ExchangeStart, Level, Observer, UpstreamFact } from "../observer.ts";
import { type Fact, recordingLines, type RecordingOptions, type Tape } from "./lines.ts";

/** How a recorder works. */
export interface RecorderOptions extends RecordingOptions {
  readonly clock: Clock;
  /** Only exchanges that failed, and those that needed more than one attempt. */
  readonly onlyFailures: boolean;
  /** Keeps one file; `name` begins with the time. */
  readonly save: (name: string, lines: readonly string[]) => Promise<void>;
  /** Told when a recording could not be kept. */
  readonly notice: (level: Level, message: string) => void;
  /** Bytes of answers kept of one exchange. @default {4 MiB} */
  readonly maxBytes?: number;
  /** Bytes of answers held at once, and so the memory recording may take. @default {64 MiB} */
  readonly maxHeld?: number;
}

/** An observer that records. */
export interface Recorder extends Observer {
  /** Resolves when everything that is over has been kept. */
  flush(): Promise<void>;
}

/** Starts one. */
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
    // An answer with a hole in it would be another answer: once it is cut, the rest of it is left out too.
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
        const words = error instanceof Error ? error.message : String(error);
        notice("warning", `A recording of ${showSize(tape.size)} could not be kept: ${words}`);
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
      if (onlyFailures && !wentWrong(record)) {
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

function wentWrong({ outcome, attempts }: ExchangeRecord): boolean {
  return outcome === "failed" || attempts > 1;
}

/** `2026-11-23T07-20-11-123Z-1a2b3c4d-failed.jsonl`: in order of time, and safe on every file system. */
function nameOf({ wall, start, record }: Tape): string {
  const time = new Date(wall).toISOString().replace(/[:.]/g, "-");
  const id = start.id.replace(/\W/g, "").slice(0, 8);
  return `${time}-${id}-${record?.outcome ?? "running"}.jsonl`;
}

/** Lets others run between steps. */
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

/** Milliseconds of work before others may run. */
const STEP = 4;
