/**
 * `sidecar demo`: a provider that misbehaves, asked directly and through the sidecar. No key, no network.
 *
 * The client behaves like Codex without retries: it gives up after a silence, and accepts only a complete answer.
 *
 * @module
 */

import { createColors } from "picocolors";
import { cleanLine } from "../../base/clean.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { showDuration } from "../../base/units.ts";
import { TOKEN_HEADER } from "../../proxy/inbound/token.ts";
import { askLikeCodex } from "../../simulate/client.ts";
import { steadyClock } from "../../simulate/steady_clock.ts";
import { answerFor, IDLE, SHOWN, TEXT } from "./cases.ts";
import { askCodex, findCodex } from "./codex.ts";
import { type Ask, type DemoPage, type Row, runDemo, type Via } from "./run.ts";
import { linesView, type LiveView, liveView, type Screen, tableLines } from "./view.ts";
import { queue, queueText } from "./queue.ts";
import { statusLines, statusText } from "./status_lines.ts";
import type { ExitCode } from "../shared/output.ts";

/** The command's options. */
export interface DemoOptions {
  /** Drive the real Codex, where it is on the PATH. */
  readonly codex: boolean;
  /** Where time comes from, unless Codex has one of its own. @default the machine's, while this process runs */
  readonly clock?: Clock;
  /** @default this process's standard output */
  readonly screen?: Screen;
  /** Waits while the user looks at the page; `null`: it is not offered. @default until Enter, at a terminal */
  readonly look?: (() => Promise<void>) | null;
}

/**
 * Runs the command.
 *
 * @returns 0 when every answer through the sidecar was complete, else 1
 */
export async function demo(options: DemoOptions): Promise<ExitCode> {
  const { codex, screen = stdout(), look = untilEnter() } = options;
  const { bold } = createColors(screen.color);
  const found = codex ? await findCodex() : undefined;
  // Codex has a clock of its own; nobody's answer is lost because this machine was busy
  const clock = found ? systemClock : options.clock ?? steadyClock(systemClock);
  if (codex && !found) {
    screen.write("There is no codex on the PATH; a client that behaves like it asks instead.\n");
  }
  const client = cleanLine(found ?? "a client like Codex");
  screen.write(`A provider that misbehaves on command, asked by ${client} which gives up after \
${showDuration(IDLE)} without an event
and has no retries: once directly, once through the sidecar. Everything runs on this machine.\n\n`);
  const started = clock.now();
  const live = screen.size !== undefined && screen.size.rows > SHOWN.length + 8;
  let table: LiveView | undefined;
  const told = Promise.all([statusLines(clock), queue(clock)]);
  const conclude = async (rows: readonly Row[], page: DemoPage) => {
    if (table) table.end();
    else screen.write(`\n${tableLines(rows, screen, clock.now()).join("\n")}\n`);
    const time = showDuration(clock.now() - started);
    const [straight, through] = [complete(rows, "straight"), complete(rows, "through")];
    screen.write(`\n${
      bold(`Complete answers: ${straight} of ${rows.length} directly, \
${through} of ${rows.length} through the sidecar`)
    }, in ${time}.\n`);
    const [lines, waited] = await told;
    screen.write(`\n${statusText(lines)}\n\n${queueText(waited)}\n`);
    if (!look) return;
    screen.write(`\nThe dashboard of this run: ${page.url}
Its token: ${page.token}
Enter ends the demo.\n`);
    await look();
  };
  const rows = await runDemo({
    faults: SHOWN,
    clock,
    ask: found ? askCodex() : ask(clock),
    view: (rows) => live ? table = liveView(screen, clock, rows) : linesView(screen, clock),
    finished: conclude,
  });
  return complete(rows, "through") === rows.length ? 0 : 1;
}

function complete(rows: readonly Row[], via: Via): number {
  return rows.filter((row) => row[via].phase === "complete").length;
}

/** Waits for a line of the user's; `null` where there is no user. */
function untilEnter(): (() => Promise<void>) | null {
  if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) return null;
  return async () => void await Deno.stdin.read(new Uint8Array(1_024));
}

const ask = (clock: Clock): Ask => async ({ url, fault, received, token }) => {
  const { failure, messages, items } = await askLikeCodex({
    url,
    body: { model: "demo-1", stream: true, input: "What is the answer?" },
    headers: token === undefined ? {} : { [TOKEN_HEADER]: token },
    idle: IDLE,
    clock,
    onEvent: ({ type }) => received(type === "keepalive"),
  });
  if (failure !== undefined) return failure;
  const calls = items.filter(({ type }) => type === "function_call").length;
  const expected = answerFor(fault).calls
    ? calls === 1
    : messages.length === 1 && messages[0] === TEXT;
  return expected ? undefined : "the answer is not the one that was given";
};

function stdout(): Screen {
  const drawable = Deno.stdout.isTerminal() && Deno.env.get("TERM") !== "dumb";
  return {
    write(text) {
      const bytes = new TextEncoder().encode(text);
      for (let from = 0; from < bytes.length;) from += Deno.stdout.writeSync(bytes.subarray(from));
    },
    color: drawable && !Deno.noColor,
    ...(drawable ? { size: Deno.consoleSize() } : {}),
  };
}
