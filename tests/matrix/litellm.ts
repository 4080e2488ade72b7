/**
 * A real LiteLLM gateway between the sidecar and a provider: what it makes of each wire, and which breaks of its provider it hides
 * (docs/facts/providers.md §12.9). Part of `deno task matrix`, because it takes Python and a package of 800 MB.
 *
 * @module
 */

import { deepEqual, equal } from "node:assert/strict";
import type { Wire } from "../../lib/config/config.ts";
import { goodScript } from "../../lib/simulate/good_script.ts";
import { remaining } from "../../lib/simulate/answer.ts";
import { type Provider, startProvider } from "../../lib/simulate/provider.ts";
import { eof, reset, type Script } from "../../lib/simulate/script.ts";
import { breakAt } from "../../lib/simulate/transform_script.ts";
import { until } from "../e2e/gated.ts";
import { ANSWER, answerTo, RAN, say, TEXT, TOOL } from "../e2e/say.ts";
import { outputsIn, toolsOf } from "../e2e/seen.ts";
import { WIRES } from "../e2e/turn.ts";
import { upstream } from "../helpers/proxy/app.ts";
import { type CodexRun, runCodex } from "../helpers/codex/codex.ts";
import { freePort } from "../helpers/free_port.ts";
import { sidecarConfig, startSidecar } from "../helpers/program/sidecar.ts";
import { pythonFolder } from "./python_folder.ts";

const found = await pythonFolder("litellm", ["litellm[proxy]==1.108.7"]);
const missing = "missing" in found ? found.missing : undefined;
const KEY = "sk-of-the-gateway";

/** By which wire the gateway asks its provider: a name of LiteLLM's for it. */
const BEHIND = ["openai", "hosted_vllm", "anthropic"] as const;
/** Where an answer that was closed without its end comes out as a complete one, with `finish_reason: "stop"` or the like. */
const HIDES_AN_END: ReadonlySet<string> = new Set([
  "openai by chat",
  "hosted_vllm by chat",
  "hosted_vllm by anthropic",
  "anthropic by chat",
  "anthropic by responses",
]);

/** What the provider behind the gateway does with the first answer to a tool's output. */
let spoil: ((script: Script) => Script) | undefined;

function script(request: Parameters<typeof say>[0]): Script {
  if (request.method !== "POST") return say(request, ANSWER);
  if (toolsOf(request).length > 0 && outputsIn(request).length === 0) return say(request, TOOL);
  const whole = goodScript(remaining(answerTo(request, ANSWER), request.json));
  const spoiled = spoil?.(whole) ?? whole;
  spoil = undefined;
  return spoiled;
}

async function startGateway(provider: Provider, dir: string) {
  const port = freePort();
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  const models = BEHIND.map((name) => {
    const base = name === "anthropic" ? provider.url.replace(/\/v1$/, "") : provider.url;
    return `  - model_name: ${name}
    litellm_params: { model: ${name}/sim-1, api_base: "${base}", api_key: sk-of-the-provider, max_retries: 0 }`;
  });
  await Deno.writeTextFile(
    file,
    `model_list:
${models.join("\n")}
general_settings: { master_key: ${KEY} }
litellm_settings: { telemetry: false, num_retries: 0 }
router_settings: { num_retries: 0, disable_cooldowns: true }
`,
  );
  const child = new Deno.Command(`${dir}/bin/litellm`, {
    args: ["--config", file, "--host", "127.0.0.1", "--port", `${port}`, "--num_workers", "1"],
    env: { LITELLM_LOCAL_MODEL_COST_MAP: "True", NO_PROXY: "*" },
    stdout: "null",
    stderr: "null",
  }).spawn();
  const url = `http://127.0.0.1:${port}/v1`;
  await until(() =>
    fetch(`http://127.0.0.1:${port}/health/liveliness`).then(
      (response) => response.body?.cancel().then(() => response.ok) ?? response.ok,
      () => false,
    ), 120_000);
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(file);
    },
  };
}

async function turn(gateway: string, model: string, wire: Wire): Promise<CodexRun> {
  const sidecar = startSidecar(
    sidecarConfig(upstream(gateway, { wire, provider: "generic", models: [model] })),
  );
  try {
    return await runCodex({
      baseUrl: `${sidecar.url}/v1`,
      model,
      prompt: "What is the answer?",
      provider: `experimental_bearer_token = "${KEY}"\nstream_idle_timeout_ms = 60000`,
    });
  } finally {
    await sidecar.stop();
  }
}

/** What the person has in the end. */
const told = ({ code, errors, messages, file }: CodexRun) => ({
  code,
  errors,
  messages,
  ran: file("ran.txt"),
});
const WHOLE = { code: 0, errors: [], messages: [TEXT], ran: RAN };

Deno.test({
  name: `matrix: a turn through LiteLLM${missing ? ` (ignored: ${missing})` : ""}`,
  ignore: missing !== undefined,
  async fn(t) {
    if (!("dir" in found)) return;
    const provider = await startProvider({ script });
    const gateway = await startGateway(provider, found.dir);
    try {
      for (const behind of BEHIND) {
        for (const wire of WIRES) {
          await t.step(`${behind} by ${wire}: a command and an answer`, async () => {
            deepEqual(told(await turn(gateway.url, behind, wire)), WHOLE);
          });
          await t.step(`${behind} by ${wire}: the provider's connection is reset`, async () => {
            spoil = (script) => breakAt(script, "mid-text", [reset]);
            deepEqual(told(await turn(gateway.url, behind, wire)), WHOLE);
          });
          await t.step(`${behind} by ${wire}: the provider's answer has no end`, async () => {
            spoil = (script) => breakAt(script, "mid-text", [eof]);
            const { messages } = await turn(gateway.url, behind, wire);
            equal(messages.at(-1) !== TEXT, HIDES_AN_END.has(`${behind} by ${wire}`));
          });
        }
      }
    } finally {
      await gateway.stop();
      await provider.stop();
    }
  },
});
