/**
 * The Python SDKs as clients: the text is whole or there is an error, also where the SDK does not look at the status of what it
 * gets. Part of `deno task matrix`, because it takes Python.
 *
 * @module
 */

import { deepEqual, match } from "node:assert/strict";
import type { Wire } from "../../lib/config/config.ts";
import { type SeenRequest, startProvider } from "../../lib/simulate/provider.ts";
import { reset, type Script, wait } from "../../lib/simulate/script.ts";
import { breakAt, insertAt } from "../../lib/simulate/transform_script.ts";
import { ANSWER, say, spoil, TEXT } from "../e2e/say.ts";
import { WIRES } from "../e2e/turn.ts";
import { upstream } from "../helpers/proxy/app.ts";
import { pool } from "../helpers/pool.ts";
import { sidecarConfig, startSidecar } from "../helpers/program/sidecar.ts";
import { pythonFolder } from "./python_folder.ts";

const found = await pythonFolder("sdks", ["openai==3.57.0", "anthropic==2.14.0"]);
const missing = "missing" in found ? found.missing : undefined;

interface Scenario {
  readonly name: string;
  script(request: SeenRequest, n: number): Script;
  readonly fails?: boolean;
}

/** Longer than `head_grace`, so that a failure comes when the head has gone out as a 200. */
const LATE = wait(1_500);
const half = (request: SeenRequest) => breakAt(say(request, ANSWER), "mid-text", [LATE, reset]);

const SCENARIOS: readonly Scenario[] = [
  { name: "a calm answer", script: (request) => say(request, ANSWER) },
  { name: "silence", script: (request) => insertAt(say(request, ANSWER), "head", [LATE]) },
  { name: "no usage", script: (request) => spoil(request, "usage-missing", ANSWER) },
  { name: "a break", script: (request, n) => n === 1 ? half(request) : say(request, ANSWER) },
  { name: "a break, every time", script: half, fails: true },
  {
    name: "reasoning alone, every time",
    script: (request) => spoil(request, "reasoning-alone", ANSWER),
    fails: true,
  },
];

async function ask(python: string, client: string, base: string) {
  const { stdout, stderr } = await new Deno.Command(python, {
    args: [new URL("./python_clients.py", import.meta.url).pathname, base, client],
    env: { NO_PROXY: "*" },
  }).output();
  const said = new TextDecoder().decode(stdout);
  if (said === "") throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(said) as { text?: string; error?: string };
}

async function play(
  python: string,
  client: string,
  { script, fails }: Scenario,
  wire: Wire,
): Promise<void> {
  const provider = await startProvider({ script });
  const sidecar = startSidecar(
    sidecarConfig(upstream(provider.url, { wire, provider: "generic" }), {
      heartbeat: { interval: 200 },
      headGrace: 500,
      retry: { attempts: 2, maxWait: 10_000 },
    }),
  );
  try {
    const { text, error } = await ask(python, client, `${sidecar.url}/v1`);
    // An SDK that does not look at the status has at least nothing to take for the answer
    if (fails) match(error ?? `no error, and the text is "${text}"`, /^\w+Error: |text is ""$/);
    else deepEqual({ text, error }, { text: TEXT, error: undefined });
  } finally {
    await sidecar.stop();
    await provider.stop();
  }
}

Deno.test({
  name: `matrix: the Python SDKs${missing ? ` (ignored: ${missing})` : ""}`,
  ignore: missing !== undefined,
  async fn(t) {
    if (!("dir" in found)) return;
    const python = `${found.dir}/bin/python`;
    const responses = WIRES.flatMap((wire) =>
      ["complete", "events", "stream"].flatMap((client) =>
        SCENARIOS.map((scenario) => ({ client, scenario, wire }))
      )
    );
    // Passed through as it comes: what breaks there is the SDK's own to notice
    const messages = SCENARIOS.slice(0, 2).map((scenario) => ({
      client: "messages",
      scenario,
      wire: "anthropic" as const,
    }));
    const cases = [...responses, ...messages].map(({ client, scenario, wire }) => ({
      name: `${client}: ${scenario.name} (${wire})`,
      run: () => play(python, client, scenario, wire),
    }));
    await pool(t, cases, 4);
  },
});
