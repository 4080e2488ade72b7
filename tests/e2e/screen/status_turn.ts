/**
 * A turn of the terminal interface that has something to wait for, and what the person saw of it.
 *
 * @module
 */

import { equal, match, ok } from "node:assert/strict";
import type { Wire } from "../../../lib/config/config.ts";
import type { ProviderOptions, SeenRequest } from "../../../lib/simulate/provider.ts";
import type { Script } from "../../../lib/simulate/script.ts";
import { gate, json, wait } from "../../../lib/simulate/script.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { startProvider } from "../../../lib/simulate/provider.ts";
import { remaining } from "../../../lib/simulate/answer.ts";
import { breakAt } from "../../../lib/simulate/transform_script.ts";
import { reset } from "../../../lib/simulate/script.ts";
import { upstream } from "../../helpers/proxy/app.ts";
import { codexScreen, type ScreenOptions } from "../../helpers/codex/codex_screen.ts";
import { sidecarConfig, startSidecar } from "../../helpers/program/sidecar.ts";
import { ANSWER, answerTo, say, TEXT, TOOL, type Words } from "../say.ts";
import { outputsIn, toolsOf } from "../seen.ts";

/** A case of the status line. */
export interface StatusCase {
  readonly name: string;
  /** The wires it is played on in the suite; the matrix plays all on two. */
  readonly wires: readonly Wire[];
  /** The provider's answer, first without and then with the tool's output. */
  answer(request: SeenRequest, n: number): Script;
  /** What stands in the status line at some time. */
  readonly shown: readonly RegExp[];
  /** Versions that are told nothing here, because each line of theirs is an item of its own. @default none */
  readonly untold?: readonly string[];
}

/** The first answer thinks and calls a tool, the last one only speaks: a line is merged once and closed once. */
function words(request: SeenRequest): Words {
  return outputsIn(request).length > 0 ? { text: TEXT } : TOOL;
}

const SEEN = "seen";
/** A silence that the status line tells of: it lasts until the terminal was seen to show what the case is about. */
export const SILENCE: Script = [wait(2_500), gate(SEEN)];

export const STATUS_CASES: readonly StatusCase[] = [
  {
    name: "a silent provider",
    wires: ["responses", "chat", "anthropic"],
    answer: (request) => [...SILENCE, ...say(request, words(request))],
    shown: [/ is silent: \d+ s/],
  },
  {
    name: "503 three times",
    wires: ["responses", "chat"],
    answer: (request, n) =>
      n <= 3
        ? json(503, { error: { message: "Overloaded" } }, n === 1 ? { "retry-after": "8" } : {})
        : say(request, words(request)),
    // Which one it is depends on how fast the first refusal came: a line stands for five seconds at least
    shown: [/attempt [23] of 6 in \d s/],
  },
  {
    name: "a break in mid-text, and silence before the rest",
    wires: ["responses"],
    answer(request, n) {
      const answer = answerTo(request, ANSWER);
      if (n === 1) return breakAt(goodScript(answer), "mid-text", [reset]);
      return [...SILENCE, ...goodScript(remaining(answer, request.json))];
    },
    shown: [],
  },
  {
    name: "a break in mid-reasoning, and silence before the rest",
    wires: ["chat"],
    answer(request, n) {
      const answer = answerTo(request, ANSWER);
      if (n === 1) return breakAt(goodScript(answer), "mid-reasoning", [reset]);
      return [...SILENCE, ...goodScript(remaining(answer, request.json))];
    },
    shown: [/broke off; attempt 2 of 6| is silent/],
    untold: ["0.120.0", "0.142.0"],
  },
];

/** Everything of ours that may stand in a status line. */
const OURS = /is silent|attempt \d|broke off|no text yet|sidecar-status/;

/** Whether something holds words of ours. */
export function holdsOurs(what: unknown): string | undefined {
  return OURS.exec(JSON.stringify(what))?.[0];
}

/** How a case is played. */
export interface StatusTurnOptions {
  readonly version?: string;
  readonly config?: string;
  /** Called when the turn is over, before what was sent is checked. */
  readonly left?: ScreenOptions["left"];
  /** Sees what was sent, beside the checks that hold for every turn. */
  check?(posts: readonly SeenRequest[]): void;
}

/** Plays a case in the terminal interface. */
export async function statusTurn(
  one: StatusCase,
  wire: Wire,
  { version, config: lines, left, check }: StatusTurnOptions = {},
): Promise<void> {
  const script: ProviderOptions["script"] = (request, n) =>
    toolsOf(request).length === 0 ? say(request, { text: "Mike" }) : one.answer(request, n);
  let n = 0;
  const provider = await startProvider({
    // Titles are asked for beside the turn and must not count.
    script: (request) => script(request, toolsOf(request).length > 0 ? ++n : n),
  });
  const entry = upstream(provider.url, { wire, provider: "generic" });
  const config = { status: { after: 1_000, language: "en" }, headGrace: 30_000 } as const;
  const sidecar = startSidecar(sidecarConfig(entry, config));
  const seen: string[] = [];
  const told = one.untold?.includes(version ?? "") ? [] : one.shown;
  try {
    const screen = await codexScreen({
      baseUrl: `${sidecar.url}/v1`,
      prompt: "What is the answer?",
      ...version && { version },
      ...lines !== undefined && { config: lines },
      ...left && { left },
      watch: (lines) => {
        const line = lines.find((line) => /esc to interrupt/.test(line));
        if (line && line !== seen.at(-1)) seen.push(line);
        if (told.every((shown) => shown.test(seen.join("\n")))) provider.open(SEEN);
      },
      over: (lines) => {
        const text = lines.join("\n");
        return text.includes(TEXT) && !/esc to interrupt/.test(text);
      },
    });
    const text = screen.lines.join("\n");
    try {
      for (const shown of told) match(seen.join("\n"), shown);
      equal(OURS.test(text), false, "something of ours stays on the screen");
      equal(text.split(TEXT).length - 1, 1);
      equal(holdsOurs(provider.posts.map(({ json }) => json)), undefined);
      ok(!text.includes("■"), "no failure");
      check?.(provider.posts);
    } catch (error) {
      const report = [...seen, "--- screen", text, "--- sidecar", ...sidecar.log].join("\n");
      throw new Error(`${one.name} (${wire}): ${error}\n${report}`, { cause: error });
    }
  } finally {
    await sidecar.stop();
    await provider.stop();
  }
}
