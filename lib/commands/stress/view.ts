/**
 * What a stress run shows while it goes: one line drawn over itself on a terminal, a line for each turn elsewhere.
 *
 * @module
 */

import { createColors } from "picocolors";
import { cleanLine } from "../../base/clean.ts";
import type { Clock } from "../../base/clock.ts";
import { showDuration } from "../../base/units.ts";
import type { StressWatch } from "../../stress/run.ts";
import type { Sample } from "../../stress/sample.ts";

/** Where it is shown. */
export interface StressScreen {
  write(text: string): void;
  readonly color: boolean;
  /** The width of a terminal whose line may be drawn over; absent for anything else. */
  readonly columns?: number;
}

/** What shows a run. */
export interface StressView {
  readonly watch: StressWatch;
  /** Removes the live line. */
  end(): void;
}

/** How often the line is drawn, in milliseconds. */
const FRAME = 150;
const BAR = 20;

/** Starts to show a run; a live line is drawn until {@link StressView.end}. */
export function stressView(
  screen: StressScreen,
  clock: Clock,
  /** Turns that are expected; `undefined` where time decides. */
  expected: number | undefined,
): StressView {
  const { columns } = screen;
  const started = clock.now();
  const { green, red, dim, yellow } = createColors(screen.color);
  const state = { live: 0, whole: 0, lost: 0, retries: 0, deltas: 0, last: "" };
  let cancel = () => {};

  const line = () => {
    const done = state.whole + state.lost;
    const part = expected === undefined ? 0 : Math.min(1, done / expected);
    const bar = expected === undefined
      ? ""
      : `${"█".repeat(Math.round(part * BAR)).padEnd(BAR, "░")} ${done}/${expected} turns  `;
    const seconds = (clock.now() - started) / 1_000;
    const facts = [
      `${state.whole} complete`,
      `${state.lost} lost`,
      `${state.live} live`,
      `${state.retries} ${state.retries === 1 ? "retry" : "retries"}`,
      `${Math.round(state.deltas / Math.max(1, seconds))} pieces/s`,
      ...(state.last === "" ? [] : [`first token ${state.last}`]),
      showDuration(Math.floor(seconds) * 1_000),
    ].join(", ");
    const full = bar + facts;
    const cut = columns === undefined ? full : [...full].slice(0, columns - 1).join("");
    return state.lost > 0 ? red(cut) : state.retries > 0 ? yellow(cut) : green(cut);
  };
  const frame = () => {
    screen.write(`\r\x1b[2K${line()}`);
    cancel = clock.after(FRAME, frame);
  };
  const say = (text: string) => {
    if (columns !== undefined) return;
    screen.write(`${((clock.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${text}\n`);
  };
  if (columns !== undefined) frame();
  return {
    watch: {
      asked: () => state.live++,
      delta: () => state.deltas++,
      attemptFailed({ upstream, message, wait }) {
        state.retries++;
        const next = wait === undefined ? "" : `; again in ${showDuration(wait)}`;
        say(dim(cleanLine(`${upstream}: ${message}${next}`)));
      },
      answered(sample) {
        state.live--;
        if (sample.outcome === "whole") state.whole++;
        if (sample.outcome === "lost") state.lost++;
        if (sample.firstToken !== null) state.last = showDuration(sample.firstToken);
        say(cleanLine(turnLine(sample)));
      },
    },
    end() {
      cancel();
      if (columns !== undefined) screen.write("\r\x1b[2K");
    },
  };
}

function turnLine(sample: Sample): string {
  const { upstream, conversation, turn, outcome, failure, firstToken, total } = sample;
  const first = firstToken === null ? "" : `, first token ${showDuration(firstToken)}`;
  const rate = sample.tokensPerSecond === null
    ? ""
    : `, ${Math.round(sample.tokensPerSecond)} tokens/s`;
  const why = failure === null ? "" : `: ${failure}`;
  const result = outcome === "whole" ? "complete" : outcome;
  return `${upstream} turn ${conversation}.${turn}: ${result} in ${
    showDuration(total)
  }${first}${rate}${why}`;
}
