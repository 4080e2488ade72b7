/**
 * Shows the demo: a table drawn over itself on a terminal, plain lines elsewhere, and the same table at the end.
 *
 * @module
 */

import { createColors } from "picocolors";
import { cleanLine } from "../../base/clean.ts";
import type { Clock } from "../../base/clock.ts";
import { showDuration } from "../../base/units.ts";
import type { Progress, Row, Via, View } from "./run.ts";

/** Where the demo is shown. */
export interface Screen {
  write(text: string): void;
  readonly color: boolean;
  /** The size of a terminal whose lines may be drawn over; `undefined` for anything else. */
  readonly size?: { readonly columns: number; readonly rows: number };
}

const VIAS: readonly Via[] = ["straight", "through"];
const HEADS = { straight: "directly", through: "through the sidecar" } as const;
/** The width of the plain table. */
const PLAIN = 160;
/** Between two drawings, in milliseconds. */
const FRAME = 100;

/** A line for everything that happens, with the time since the start. */
export function linesView(screen: Screen, clock: Clock): View {
  const started = clock.now();
  return {
    changed({ fault, ...hops }, via) {
      const time = ((clock.now() - started) / 1_000).toFixed(1).padStart(5);
      const word = { running: "…", complete: "ok", lost: "LOST" }[hops[via].phase];
      const text = cleanLine(hops[via].text);
      screen.write(`${time} s  ${fault.name}  ${HEADS[via]}: ${word} ${text}\n`);
    },
  };
}

/** A table drawn over itself until {@link LiveView.end}. */
export interface LiveView extends View {
  /** Draws the table once more and stops. */
  end(): void;
}

/** Starts a live table of the rows. */
export function liveView(screen: Screen, clock: Clock, rows: readonly Row[]): LiveView {
  let drawn = 0;
  let cancel = () => {};
  const draw = () => {
    const lines = tableLines(rows, screen, clock.now());
    const up = drawn > 0 ? `\x1b[${drawn}A` : "";
    screen.write(up + lines.map((line) => `\x1b[2K${line}\n`).join(""));
    drawn = lines.length;
  };
  const frame = () => {
    draw();
    cancel = clock.after(FRAME, frame);
  };
  frame();
  return {
    changed: () => {},
    end() {
      cancel();
      draw();
    },
  };
}

/** The table: fault, directly, through the sidecar. Running rows show how long they are silent at `now`. */
export function tableLines(rows: readonly Row[], screen: Screen, now: number): string[] {
  const { bold, dim, green, red, yellow } = createColors(screen.color);
  const width = (screen.size?.columns ?? PLAIN) - 1;
  const first = Math.min(
    Math.max(...rows.map(({ fault }) => fault.doc.length)),
    Math.floor(width * 0.4),
  );
  const rest = Math.floor((width - first - 4) / 2);
  const paint = { running: yellow, complete: green, lost: red };
  const sign = { running: "·", complete: "✓", lost: "✗" };
  const cell = (hop: Progress) => {
    const text = padded(
      `${sign[hop.phase]} ${cleanLine(hop.phase === "running" ? progress(hop, now) : hop.text)}`,
      rest,
    );
    return paint[hop.phase](text);
  };
  const heads = ["what the provider does", ...VIAS.map((via) => HEADS[via])];
  const widths = [first, rest, rest];
  return [
    bold(heads.map((head, at) => padded(head, widths[at] as number)).join("  ").trimEnd()),
    dim(widths.map((length) => "─".repeat(length)).join("  ")),
    ...rows.map(({ fault, straight, through }) =>
      [padded(fault.doc, first), cell(straight), cell(through)].join("  ").trimEnd()
    ),
  ];
}

function progress({ events, heartbeats, received, text }: Progress, now: number): string {
  const silent = now - received;
  const parts = [`${events} events`];
  if (heartbeats > 0) parts.push(`${heartbeats} heartbeats`);
  if (silent > 300) parts.push(`silent ${showDuration(Math.floor(silent / 100) * 100)}`);
  return text === "" || heartbeats > 0 ? parts.join(", ") : `${parts.join(", ")}; ${text}`;
}

function padded(text: string, width: number): string {
  const letters = [...text];
  if (letters.length <= width) return text + " ".repeat(width - letters.length);
  return `${letters.slice(0, width - 1).join("")}…`;
}
