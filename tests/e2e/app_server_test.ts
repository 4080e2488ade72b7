/**
 * What the VS Code extension sees of a replay: the abandoned item never completes, a new one begins, nobody is told.
 */

import { deepEqual, equal } from "node:assert/strict";
import { isObject } from "../../lib/base/json.ts";
import type { ProviderOptions } from "../../lib/simulate/provider.ts";
import { startProvider } from "../../lib/simulate/provider.ts";
import { upstream } from "../helpers/app.ts";
import { appServerTurn, type Notification } from "../helpers/app_server.ts";
import { sidecarConfig, startSidecar } from "../helpers/sidecar.ts";
import { faulty, TEXT } from "./turn.ts";

async function view(script: ProviderOptions["script"]): Promise<Notification[]> {
  const provider = await startProvider({ script });
  const entry = upstream(provider.url, { wire: "responses", provider: "generic" });
  const sidecar = startSidecar(sidecarConfig(entry));
  try {
    return await appServerTurn({ baseUrl: `${sidecar.url}/v1`, prompt: "What is the answer?" });
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

const cases = [
  {
    name: "an item broken in its text",
    fault: "eof-mid-text",
    lives: [
      "started reasoning 1",
      "completed reasoning 1",
      "started agentMessage 2",
      "started agentMessage 3",
      "completed agentMessage 3",
    ],
  },
  {
    name: "an item broken in its reasoning",
    fault: "reset-mid-reasoning",
    lives: [
      "started reasoning 1",
      "started reasoning 2",
      "completed reasoning 2",
      "started agentMessage 3",
      "completed agentMessage 3",
    ],
  },
  {
    name: "nothing at all in a long silence",
    fault: "silence-mid-text",
    lives: [
      "started reasoning 1",
      "completed reasoning 1",
      "started agentMessage 2",
      "completed agentMessage 2",
    ],
  },
];

for (const { name, fault, lives: expected } of cases) {
  Deno.test(`app server: the extension sees ${name} as it should`, async () => {
    const seen = await view(faulty(fault));
    deepEqual(lives(seen), expected);
    equal(seen.filter(({ method }) => method === "error").length, 0);
    const { turn } = seen.at(-1)!.params;
    deepEqual(isObject(turn) && [turn.status, turn.error], ["completed", null]);
    const texts = seen.flatMap(({ method, params: { item } }) =>
      method === "item/completed" && isObject(item) && item.type === "agentMessage"
        ? [item.text]
        : []
    );
    deepEqual(texts, [TEXT]);
  });
}
