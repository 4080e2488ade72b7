/**
 * What the VS Code extension sees of a replay: the item that broke off goes on and ends, nothing stays open, nobody is told.
 */

import { deepEqual, equal } from "node:assert/strict";
import { isObject } from "../../../lib/base/json.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { type ProviderOptions, startProvider } from "../../../lib/simulate/provider.ts";
import { upstream } from "../../helpers/proxy/app.ts";
import { appServerTurn, type Notification } from "../../helpers/codex/app_server.ts";
import { IMPATIENT } from "../../helpers/codex/codex.ts";
import { sidecarConfig, startSidecar } from "../../helpers/program/sidecar.ts";
import { pool } from "../../helpers/pool.ts";
import { faulty, TEXT } from "../say.ts";
import { WIRES } from "../turn.ts";

async function view(script: ProviderOptions["script"], wire: Wire): Promise<Notification[]> {
  const provider = await startProvider({ script });
  const entry = upstream(provider.url, { wire, provider: "generic" });
  const sidecar = startSidecar(sidecarConfig(entry));
  try {
    return await appServerTurn({
      ...IMPATIENT,
      baseUrl: `${sidecar.url}/v1`,
      prompt: "What is the answer?",
    });
  } finally {
    await sidecar.stop();
    await provider.stop();
  }
}

/** The life of the model's items: `started reasoning`, `completed agentMessage`, …, ids replaced by their order. */
function lives(seen: readonly Notification[]): string[] {
  const order = new Map<unknown, number>();
  return seen.flatMap(({ method, params: { item } }) => {
    if (!isObject(item) || item.type === "userMessage") return [];
    if (!order.has(item.id)) order.set(item.id, order.size + 1);
    return [`${method.replace("item/", "")} ${item.type} ${order.get(item.id)}`];
  });
}

const THOUGHT = ["started reasoning 1", "completed reasoning 1"];
const AGAIN = [
  ...THOUGHT,
  "started agentMessage 2",
  "completed agentMessage 2",
  "started reasoning 3",
  "completed reasoning 3",
];

/** A Chat server cannot be told of a thought that led to nothing yet: it thinks again. */
const cases: readonly {
  readonly name: string;
  readonly fault: string;
  readonly lives: Readonly<Record<Wire, readonly string[]>>;
}[] = [
  {
    name: "an item broken in its text",
    fault: "eof-mid-text",
    lives: {
      responses: [...THOUGHT, "started agentMessage 2", "completed agentMessage 2"],
      chat: AGAIN,
      anthropic: AGAIN,
    },
  },
  {
    name: "an item broken in its reasoning",
    fault: "reset-mid-reasoning",
    lives: same([
      ...THOUGHT,
      "started agentMessage 2",
      "completed agentMessage 2",
    ]),
  },
  {
    name: "nothing at all in a long silence",
    fault: "silence-mid-text",
    lives: same([...THOUGHT, "started agentMessage 2", "completed agentMessage 2"]),
  },
];

function same(lives: readonly string[]): Record<Wire, readonly string[]> {
  return { responses: lives, chat: lives, anthropic: lives };
}

async function check(fault: string, wire: Wire, expected: readonly string[]): Promise<void> {
  const seen = await view(faulty(fault), wire);
  deepEqual(lives(seen), expected);
  equal(seen.filter(({ method }) => method === "error").length, 0);
  const { turn } = seen.at(-1)!.params;
  deepEqual(isObject(turn) && [turn.status, turn.error], ["completed", null]);
  const texts = seen.flatMap(({ method, params: { item } }) =>
    method === "item/completed" && isObject(item) && item.type === "agentMessage" ? [item.text] : []
  );
  deepEqual(texts, [TEXT]);
}

Deno.test("app server: the extension sees what happened and nothing of the trouble", async (t) => {
  // The first one differs by its wire; of the others each is seen on one
  const all = cases.flatMap(({ name, fault, lives }, at) =>
    (at === 0 ? WIRES : WIRES.slice(at, at + 1)).map((wire) => ({
      name: `app server: ${name} (${wire})`,
      run: () => check(fault, wire, lives[wire]),
    }))
  );
  await pool(t, all, all.length);
});
