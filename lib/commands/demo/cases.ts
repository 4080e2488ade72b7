/**
 * What the demo shows: which faults, on which answer, at which speed, and the sidecar's timeouts scaled down to match.
 *
 * @module
 */

import type { Config, UpstreamConfig } from "../../config/config.ts";
import { isObject } from "../../base/json.ts";
import type { SimulatedAnswer } from "../../simulate/answer.ts";
import type { Fault, Pace } from "../../simulate/faults/fault.ts";
import { faultNamed, misbehave } from "../../simulate/faults/faults.ts";
import { goodScript } from "../../simulate/good_script.ts";
import type { ProviderOptions, SeenRequest } from "../../simulate/provider.ts";

/** How long the demo's client waits for an event, in milliseconds; Codex waits 300,000 by default. */
export const IDLE = 2_000;

/** The provider's silences are longer than the client's idle limit and shorter than the sidecar's timeouts. */
const PACE: Pace = { silence: 4_000, drip: 400 };

/** The model's answer, unless a tool call comes first. */
export const TEXT =
  "Forty-two. It took seven and a half million years to check, so please be patient.";

/** The faults shown, in order. */
export const SHOWN: readonly Fault[] = [
  "silence-before-content",
  "comments-only",
  "silence-mid-text",
  "stall-mid-text",
  "eof-mid-reasoning",
  "reset-mid-text",
  "cut-mid-arguments",
  "reset-after-call-done",
  "overloaded-503",
  "502-html",
  "json-error-200",
  "error-event-mid",
  "usage-details-empty",
  "missing-terminal",
  "quota-429",
  "truncated-for-ever",
].map(faultNamed);

/** The upstream that answers where a fault never ends; it has none itself. */
export const SPARE = "spare";

/** The answer a fault strikes: a tool call where it strikes one. */
export function answerFor({ at }: Pick<Fault, "at">): SimulatedAnswer {
  const answer = { wire: "responses", reasoning: "A hard question; I had better think." } as const;
  if (at !== "mid-arguments" && at !== "after-call") return { ...answer, text: TEXT };
  const call = {
    kind: "function",
    name: "exec_command",
    arguments: { cmd: "echo forty-two" },
  } as const;
  return { ...answer, calls: [call] };
}

/**
 * The provider's behaviour: the fault is named by the path, `/<via>/<fault>/v1/responses`, and counted apart for each
 * path, so that one provider serves the whole demo.
 */
export function demoScript(): ProviderOptions["script"] {
  const counts = new Map<string, number>();
  return (request) => {
    const [, via = "", name = ""] = request.path.split("/");
    const n = (counts.get(`${via}/${name}`) ?? 0) + 1;
    counts.set(`${via}/${name}`, n);
    if (toolRan(request)) return goodScript({ wire: "responses", text: TEXT, seed: `${n}` });
    if (name === SPARE) return goodScript({ ...answerFor({}), seed: `${n}` });
    const fault = faultNamed(name);
    return misbehave(fault, answerFor(fault), PACE)(request, n);
  };
}

function toolRan({ json }: SeenRequest): boolean {
  const input = Array.isArray(json?.input) ? json.input : [];
  return input.some((item) => isObject(item) && item.type === "function_call_output");
}

/** The sidecar's configuration: every fault is an upstream of its own at `provider`, the timeouts in seconds; for bearers of `token`. */
export function demoConfig(provider: string, token: string): Config {
  const upstream = (
    { name, best }: Pick<Fault, "name" | "best">,
  ): [string, UpstreamConfig] => [name, {
    baseUrl: `${provider}/through/${name}/v1`,
    wire: "responses",
    provider: "generic",
    models: [],
    timeouts: {},
    retry: {},
    // One of them never answers well
    ...best === "failure" && { fallback: [SPARE] },
  }];
  return {
    listen: { host: "127.0.0.1", port: 0, token },
    heartbeat: { interval: 500 },
    status: { after: 8_000, language: "auto" },
    headGrace: 1_000,
    clientTimeout: 30_000,
    timeouts: { connect: 2_000, head: 6_000, firstEvent: 6_000, silence: 5_000, progress: 6_000 },
    chosenTimeouts: {},
    retry: { attempts: 6, maxWait: 15_000 },
    limits: { body: 2 ** 26, event: 2 ** 24, toolCalls: 128 },
    relay: { hosts: [] },
    search: { via: "provider", url: null, apiKeyEnv: null },
    helpers: { model: null },
    vision: { model: null },
    images: { upstream: null },
    upstreams: new Map([...SHOWN, { name: SPARE, best: "answer" } as const].map(upstream)),
    history: null,
    prices: [],
    log: { level: "info", format: "text", dir: null },
  };
}
