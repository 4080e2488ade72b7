/**
 * Draws a text again each second in its place on a terminal, until the user stops it. Without a terminal it is printed whenever
 * it changed.
 *
 * @module
 */

import { type Clock, sleep } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { terminal } from "../shared/output.ts";
import { onStop } from "../shared/signals.ts";

const EVERY_MS = 1_000;

/** Where it is drawn. */
export interface WatchScreen {
  out(text: string): void;
  /** Columns of the terminal; `undefined` where there is none. */
  columns(): number | undefined;
  /** Calls `stop` once the user has had enough; the returned function forgets that. */
  onStop(stop: () => void): () => void;
}

/** Standard output. */
export function stdoutScreen(): WatchScreen {
  return {
    out: terminal.out,
    columns: () => Deno.stdout.isTerminal() ? Deno.consoleSize().columns : undefined,
    onStop,
  };
}

/** Draws until the user stops it. */
export async function redraw(
  look: () => Promise<string>,
  { out, columns, onStop }: WatchScreen,
  clock: Clock,
): Promise<void> {
  const stop = new AbortController();
  const over = new Failure("shutting_down", "The user has seen enough");
  const forget = onStop(() => stop.abort(over));
  let before = "";
  let drawn = 0;
  try {
    while (!stop.signal.aborted) {
      const text = await look();
      const width = columns();
      if (width === undefined) {
        if (text !== before) out(text);
      } else {
        const lines = text.trimEnd().split("\n").map((line) => clip(line, width - 1));
        const empty = Array<string>(Math.max(0, drawn - lines.length)).fill("");
        const up = drawn > 0 ? `\x1b[${drawn}A` : "";
        out(up + [...lines, ...empty].map((line) => `\r\x1b[2K${line}\n`).join(""));
        drawn = Math.max(drawn, lines.length);
      }
      before = text;
      await sleep(clock, EVERY_MS, stop.signal);
    }
  } catch (error) {
    if (error !== over) throw error;
  } finally {
    forget();
  }
}

/** A line that fits: one that wraps would move everything drawn after it. Colours take no room, ideographs two columns. */
export function clip(line: string, columns: number): string {
  let room = columns;
  let out = "";
  // deno-lint-ignore no-control-regex -- the colours are ours
  for (const part of line.match(/\x1b\[[\d;]*m|./gu) ?? []) {
    if (part.startsWith("\x1b")) {
      out += part;
      continue;
    }
    room -= /[\u1100-\u115f\u2e80-\uffdc]|\p{Extended_Pictographic}/u.test(part) ? 2 : 1;
    if (room >= 0) out += part;
  }
  return out;
}
