/**
 * What a person sees of a replay, on the screen of the terminal and in the view of the extension: one answer, each word once,
 * nothing that began and did not end.
 */

import { deepEqual, equal, match } from "node:assert/strict";
import { isObject } from "../../../lib/base/json.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { remaining } from "../../../lib/simulate/answer.ts";
import { breakAt } from "../../../lib/simulate/transform_script.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { type ProviderOptions, startProvider } from "../../../lib/simulate/provider.ts";
import { upstream } from "../../helpers/proxy/app.ts";
import { appServerTurn, type Notification } from "../../helpers/codex/app_server.ts";
import { codexScreen, hasTmux, type Screen } from "../../helpers/codex/codex_screen.ts";
import { pool, type PoolCase } from "../../helpers/pool.ts";
import { sidecarConfig, startSidecar } from "../../helpers/program/sidecar.ts";
import { answerTo, RAN, say } from "../say.ts";
import { type Case, CASES } from "./screen_cases.ts";
import { outputsIn, toolsOf } from "../seen.ts";
import { WIRES } from "../turn.ts";

/** The provider of a case. Codex also asks for a title, without tools: that takes no turn away. */
function scriptOf({ tries, after }: Case): ProviderOptions["script"] {
  const left = { tries: [...tries], after: [...after ?? []] };
  return (request) => {
    if (toolsOf(request).length === 0) return say(request, { text: "Mike" });
    const queue = outputsIn(request).length > 0 ? left.after : left.tries;
    const { words, at, end } = queue.length > 1 ? queue.shift()! : queue[0]!;
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

/** Each case is shown on one wire in turn, and viewed on the next one: what both draw is the same events. */
const wireOf = (at: number) => WIRES[at % WIRES.length] as Wire;

const tmux = await hasTmux();

Deno.test({
  name: `screen: whatever broke, the terminal shows one answer, each word once${
    tmux ? "" : " (ignored: this machine has no tmux)"
  }`,
  ignore: !tmux,
  fn: (t) => pool(t, CASES.map((one, at) => onScreen(one, wireOf(at))), 5),
});

Deno.test("view: whatever broke, every item that began ended, and the answer is there once", (t) =>
  pool(t, CASES.map((one, at) => inView(one, wireOf(at + 1))), 5));
