/**
 * What a person sees of a replay, on the screen of the terminal and in the view of the extension: one answer, each word once,
 * nothing that began and did not end.
 */

import { deepEqual, equal, match } from "node:assert/strict";
import { isObject } from "../../lib/base/json.ts";
import type { Config, Wire } from "../../lib/config/config.ts";
import { remaining } from "../../lib/simulate/answer.ts";
import { breakAt } from "../../lib/simulate/bend.ts";
import { goodScript } from "../../lib/simulate/good_script.ts";
import { type ProviderOptions, startProvider } from "../../lib/simulate/provider.ts";
import { eof, hang, type Mark, reset, type Step } from "../../lib/simulate/script.ts";
import { upstream } from "../helpers/app.ts";
import { appServerTurn, type Notification } from "../helpers/app_server.ts";
import { codexScreen, hasTmux, type Screen } from "../helpers/codex_screen.ts";
import { pool, type PoolCase } from "../helpers/pool.ts";
import { sidecarConfig, startSidecar } from "../helpers/sidecar.ts";
import { answerTo, RAN, say, TOOL, type Words } from "./say.ts";
import { outputsIn, toolsOf } from "./seen.ts";
import { WIRES } from "./turn.ts";

/** One answer of the provider, and where it breaks off. */
interface Try {
  readonly words: Words;
  readonly at?: Mark;
  readonly end?: Step;
}

interface Case {
  readonly name: string;
  /** The answers in order; the last one is given from then on. */
  readonly tries: readonly Try[];
  /** What must be there in the end, each line once. Its last word ends the wait. */
  readonly said: string;
  /** Words that belong to no answer that is given. */
  readonly never?: readonly string[];
  /** What the answer to the tool's output is; the tool must have run once. */
  readonly after?: Words;
  readonly config?: Partial<Config>;
  /** Whether Codex writes into the terminal's own history instead of a screen of its own. */
  readonly inline?: boolean;
  /** The words of the failure, where none of the answers is whole. */
  readonly failure?: RegExp;
}

const TALE = "Alpha opens the tale.\n\nBravo carries it along.\n\nCharlie brings it home.";
const OTHER = "Delta starts anew.\n\nEcho says it differently.\n\nFoxtrot has the end.";
const FORKED = "Alpha opens the tale.\n\nBravo turns around.\n\nGolf never comes home.";
const THOUGHT = "**Hotel ponders**\n\nIndia weighs it.";
const OTHER_THOUGHT = "**Juliett ponders**\n\nKilo weighs it.";

const tale: Words = { text: TALE };
const thoughtful: Words = { reasoning: THOUGHT, text: TALE };
/** Twice as long as the screen is high, and slow enough to be shown as it comes. */
const LONG = {
  text: Array.from({ length: 100 }, (_, at) => `The ${at}. of november.`).join("\n\n"),
  size: 24,
  gap: 10,
};
const TWO = ["Delta", "Echo", "Foxtrot"];
const SILENCE = { connect: 5_000, head: 9_000, firstEvent: 9_000, silence: 1_500, progress: 9_000 };

const cases: readonly Case[] = [
  {
    name: "broken once in its text, by a reset",
    tries: [{ words: tale, at: "mid-text", end: reset }, { words: tale }],
    said: TALE,
  },
  {
    name: "broken twice in its text, by an end of file",
    tries: [
      { words: tale, at: "mid-text", end: eof },
      { words: { ...tale, size: 3 }, at: "mid-text", end: eof },
      { words: tale },
    ],
    said: TALE,
  },
  {
    name: "broken three times in its text, in three ways",
    tries: [
      { words: { ...tale, size: 24 }, at: "mid-text", end: reset },
      { words: { text: TALE.slice(0, 40) }, at: "mid-text", end: eof },
      { words: tale, at: "mid-text", end: hang },
      { words: tale },
    ],
    said: TALE,
    config: { timeouts: SILENCE },
  },
  {
    name: "broken in its text, then another text",
    tries: [{ words: tale, at: "mid-text", end: reset }, { words: { text: OTHER } }],
    said: OTHER,
    never: ["Alpha", "Bravo", "Charlie"],
  },
  {
    name: "broken in its text, then a text that differs in its middle",
    tries: [{ words: tale, at: "mid-text", end: eof }, { words: { text: FORKED } }],
    said: FORKED,
    never: ["Charlie", "carries"],
  },
  {
    name: "broken twice, each time another text",
    tries: [
      { words: { text: OTHER }, at: "mid-text", end: reset },
      { words: { text: FORKED }, at: "mid-text", end: reset },
      { words: tale },
    ],
    said: TALE,
    never: [...TWO, "Golf"],
  },
  {
    name: "broken in its reasoning",
    tries: [{ words: thoughtful, at: "mid-reasoning", end: reset }, { words: thoughtful }],
    said: TALE,
  },
  {
    name: "broken in its reasoning, then another thought",
    tries: [
      { words: thoughtful, at: "mid-reasoning", end: eof },
      { words: { reasoning: OTHER_THOUGHT, text: TALE } },
    ],
    said: TALE,
  },
  {
    name: "broken after reasoning in a text of several lines",
    tries: [{ words: thoughtful, at: "mid-text", end: reset }, { words: thoughtful }],
    said: TALE,
  },
  {
    name: "broken after reasoning in a text of several lines, then another thought and text",
    tries: [
      { words: thoughtful, at: "mid-text", end: eof },
      { words: { reasoning: OTHER_THOUGHT, text: OTHER } },
    ],
    said: OTHER,
    never: ["Alpha", "Bravo", "Charlie"],
  },
  {
    name: "broken in the arguments of a call after text",
    tries: [
      { words: { ...TOOL, text: "Lima looks it up." }, at: "mid-arguments", end: reset },
      { words: { ...TOOL, text: "Lima looks it up." } },
    ],
    after: { text: TALE },
    said: `Lima looks it up.\n\n${TALE}`,
  },
  {
    name: "broken in its text, then a call",
    tries: [{ words: { text: OTHER }, at: "mid-text", end: reset }, { words: TOOL }],
    after: { text: TALE },
    said: TALE,
    never: TWO,
  },
  {
    name: "silent in the middle of its text",
    tries: [{ words: thoughtful, at: "mid-text", end: hang }, { words: thoughtful }],
    said: TALE,
    config: { timeouts: SILENCE },
  },
  {
    name: "broken in a text that has scrolled away",
    tries: [{ words: LONG, at: "mid-text", end: reset }, { words: LONG }],
    said: LONG.text,
    inline: true,
  },
  {
    name: "broken in a text that has scrolled away, then another text",
    tries: [{ words: LONG, at: "mid-text", end: reset }, { words: { text: OTHER } }],
    said: OTHER,
    never: ["november"],
    inline: true,
  },
  {
    name: "broken whenever it is asked for",
    tries: [{ words: thoughtful, at: "mid-text", end: reset }],
    said: "",
    never: ["Alpha", "Bravo", "Charlie"],
    config: { retry: { attempts: 3, maxWait: 10_000 } },
    failure: /3 attempts in/,
  },
];

/** The provider of a case. Codex also asks for a title, without tools: that takes no turn away. */
function scriptOf({ tries, after }: Case): ProviderOptions["script"] {
  let turn = 0;
  return (request) => {
    if (toolsOf(request).length === 0) return say(request, { text: "Mike" });
    if (after && outputsIn(request).length > 0) return say(request, after);
    const { words, at, end } = tries[Math.min(turn++, tries.length - 1)]!;
    const script = goodScript(remaining(answerTo(request, words), request.json));
    return at && end ? breakAt(script, at, [end]) : script;
  };
}

async function play<T>(one: Case, wire: Wire, drive: (baseUrl: string) => Promise<T>): Promise<T> {
  const provider = await startProvider({ script: scriptOf(one) });
  const entry = upstream(provider.url, { wire, provider: "generic" });
  const sidecar = startSidecar(sidecarConfig(entry, one.config));
  try {
    return await drive(`${sidecar.url}/v1`);
  } finally {
    await sidecar.stop();
    await provider.stop();
  }
}

const prompt = "What is the answer?";
/** No sandbox: it cannot be had in every container. */
const config = 'sandbox_mode = "danger-full-access"';

function onScreen(one: Case, wire: Wire): PoolCase {
  const { said, never = [], after, failure } = one;
  const last = said.split("\n").at(-1)!;
  const args = one.inline ? ["--no-alt-screen"] : [];
  // Codex says how long it worked when the turn is over.
  const over = (lines: readonly string[]) => {
    const text = lines.join("\n");
    return failure ? failure.test(text) : text.includes(last) && /Worked for/.test(text);
  };
  const run = async () => {
    const screen = await play(one, wire, (baseUrl) => codexScreen({ baseUrl, prompt, over, args }));
    try {
      check(screen);
    } catch (error) {
      throw new Error(`${error}\n${screen.lines.join("\n")}`, { cause: error });
    }
  };
  const check = ({ lines, file }: Screen) => {
    const text = lines.join("\n");
    for (const line of said.split("\n").filter((line) => line !== "")) {
      equal(text.split(line).length - 1, 1, `"${line}" stands there that often`);
      const [word = ""] = line.split(" ", 1);
      if (word !== "The") {
        equal(text.split(word).length - 1, 1, `"${word}" stands there that often`);
      }
    }
    for (const word of never) equal(text.includes(word), false, `"${word}" stands there`);
    if (failure) equal(text.split(failure).length - 1, 1, "the failure is told that often");
    if (after) equal(file("ran.txt"), RAN);
  };
  return { name: `screen: ${one.name} (${wire})`, run };
}

function inView(one: Case, wire: Wire): PoolCase {
  const run = async () => {
    const seen = await play(one, wire, (baseUrl) => appServerTurn({ baseUrl, prompt, config }));
    deepEqual(unended(seen), []);
    const { turn } = seen.at(-1)!.params;
    const status = isObject(turn) ? turn.status : undefined;
    equal(status, one.failure ? "failed" : "completed");
    const texts = seen.flatMap(({ method, params: { item } }) =>
      method === "item/completed" && isObject(item) && item.type === "agentMessage" && item.text
        ? [`${item.text}`]
        : []
    );
    equal(texts.join("\n\n"), one.said);
    const runs = seen.filter(({ method, params: { item } }) =>
      method === "item/started" && isObject(item) && item.type === "commandExecution"
    );
    equal(runs.length, one.after ? 1 : 0);
    if (one.failure) match(JSON.stringify(turn), one.failure);
  };
  return { name: `view: ${one.name} (${wire})`, run };
}

/** Items that began and never ended, or ended twice. */
function unended(seen: readonly Notification[]): string[] {
  const open = new Map<unknown, number>();
  for (const { method, params: { item } } of seen) {
    if (!isObject(item)) continue;
    const step = { "item/started": 1, "item/completed": -1 }[method] ?? 0;
    open.set(item.id, (open.get(item.id) ?? 0) + step);
  }
  return [...open].filter(([, count]) => count > 0).map(([id]) => String(id));
}

const tmux = await hasTmux();

Deno.test({
  name: `screen: whatever broke, the terminal shows one answer, each word once${
    tmux ? "" : " (ignored: this machine has no tmux)"
  }`,
  ignore: !tmux,
  fn: (t) => pool(t, cases.flatMap((one) => WIRES.map((wire) => onScreen(one, wire))), 5),
});

Deno.test("view: whatever broke, every item that began ended, and the answer is there once", (t) =>
  pool(t, cases.flatMap((one) => WIRES.map((wire) => inView(one, wire))), 5));
