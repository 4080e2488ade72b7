/**
 * The real client while its first provider, or a key of it, cannot answer: one answer on the screen, every command run once, and
 * Codex hears of nothing. Then two real model servers.
 */

import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { type Clock, systemClock } from "../../../lib/base/clock.ts";
import type { Config, UpstreamConfig, Wire } from "../../../lib/config/config.ts";
import {
  type Provider,
  type ProviderOptions,
  startProvider,
} from "../../../lib/simulate/provider.ts";
import { eof, json, reset, type Script } from "../../../lib/simulate/script.ts";
import { breakAt, insertAt } from "../../../lib/simulate/transform_script.ts";
import { upstream } from "../../helpers/proxy/app.ts";
import { type CodexRun, runCodex, startCodex } from "../../helpers/codex/codex.ts";
import { hasLlama, startLlama } from "../../helpers/peers/llama.ts";
import { pool } from "../../helpers/pool.ts";
import { sidecarConfig, startSidecar, type TestSidecar } from "../../helpers/program/sidecar.ts";
import { until } from "../gated.ts";
import { ANSWER, RAN, say, TEXT, TOOL, type Words } from "../say.ts";
import { outputsIn, wireOf } from "../seen.ts";
import { freePort } from "../../helpers/free_port.ts";

interface Ship extends Partial<UpstreamConfig> {
  readonly script: ProviderOptions["script"];
}

interface Case {
  readonly name: string;
  /** The first one is asked for. */
  readonly ships: Readonly<Record<string, Ship>>;
  readonly env?: Readonly<Record<string, string>>;
  /** How far the sidecar's clock goes ahead when its first answer is over. */
  readonly leap?: number;
  /** Whether the model asks for a command first. */
  readonly tool?: boolean;
  /** What it says before that. */
  readonly says?: string;
  /** Who answered each exchange, in order, and how many requests each provider got. */
  readonly answered: readonly string[];
  readonly posts: Readonly<Record<string, number>>;
  check?(providers: Readonly<Record<string, Provider>>, run: CodexRun): void;
}

const busy = (): Script => json(503, { error: { message: "Overloaded" } });
const quota = (): Script =>
  json(429, {
    error: { message: "You exceeded your current quota", code: "insufficient_quota" },
  });
const limited = (): Script =>
  json(429, { error: { message: "Rate limit" } }, { "retry-after": "3600" });
const keyOf = ({ headers }: Provider["posts"][number]) => headers.authorization;

/** A command first, the answer after its output. */
const model = (first: Words = TOOL): ProviderOptions["script"] => (request) =>
  say(request, outputsIn(request).length > 0 ? ANSWER : first);

/** A command after a text. */
const LOOKING = { ...TOOL, text: "I look it up first." };

const CASES: readonly Case[] = [
  {
    name: "the first one is dead before the head; a tool runs once by another wire",
    ships: { a: { script: busy, fallback: ["b"] }, b: { script: model(), wire: "chat" } },
    tool: true,
    answered: ["b", "b"],
    posts: { a: 2, b: 2 },
  },
  {
    name: "the first one dies in mid-text for ever",
    ships: {
      a: {
        script: (request) => breakAt(say(request, ANSWER), "mid-text", [eof]),
        fallback: ["b/other"],
      },
      b: { script: (request) => say(request, ANSWER), wire: "anthropic" },
    },
    answered: ["b"],
    posts: { a: 2, b: 1 },
    check({ b }) {
      deepEqual(b?.posts.map(({ json }) => json?.model), ["other"]);
    },
  },
  {
    name: "its quota is used up in mid-thread",
    ships: {
      a: {
        script: (request) => outputsIn(request).length > 0 ? quota() : say(request, TOOL),
        fallback: ["b"],
      },
      b: { script: model(), wire: "anthropic" },
    },
    tool: true,
    answered: ["a", "b"],
    posts: { a: 2, b: 1 },
  },
  {
    name: "each dies in the arguments of a call, and says the text before it again",
    ships: {
      a: {
        script: (request) => breakAt(say(request, LOOKING), "mid-arguments", [reset]),
        wire: "anthropic",
        fallback: ["b", "c"],
      },
      b: {
        script: (request) => breakAt(say(request, LOOKING), "mid-arguments", [eof]),
        wire: "chat",
      },
      c: { script: model(LOOKING) },
    },
    tool: true,
    says: LOOKING.text,
    answered: ["c", "c"],
    posts: { a: 2, b: 2, c: 2 },
  },
  {
    name: "one key of three meets its limit",
    ships: {
      a: {
        script: (request, n) => n === 1 ? limited() : model()(request, n),
        apiKeys: ["K1", "K2", "K3"].map((name) => ({ from: "env", name } as const)),
      },
    },
    env: { K1: "sk-key-one", K2: "sk-key-two", K3: "sk-key-three" },
    tool: true,
    answered: ["a", "a"],
    posts: { a: 3 },
    check({ a }, { stderr, events }) {
      const [first, second, third] = (a?.posts ?? []).map(keyOf);
      ok(first !== second && second === third, "the thread stays on its new key");
      ok(!`${stderr}${JSON.stringify(events)}`.includes("sk-key-"));
    },
  },
  {
    name: "back to the first one after the cooldown",
    leap: 31_000,
    ships: {
      a: { script: (request, n) => n <= 2 ? busy() : model()(request, n), fallback: ["b"] },
      b: { script: model() },
    },
    tool: true,
    answered: ["b", "a"],
    posts: { a: 3, b: 1 },
  },
];

Deno.test("failover: Codex hears of nothing", async (t) => {
  await pool(t, CASES.map((one) => ({ name: one.name, run: () => play(one) })), 3);
});

async function play(
  { ships, env, leap, tool, says, answered, posts, check }: Case,
): Promise<void> {
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + (sidecar.records.length > 0 ? leap ?? 0 : 0),
  };
  const providers: Record<string, Provider> = {};
  const upstreams = new Map<string, UpstreamConfig>();
  for (const [name, { script, ...more }] of Object.entries(ships)) {
    const provider = providers[name] = await startProvider({ script });
    const base = { wire: "responses", provider: "generic" } as const;
    upstreams.set(name, upstream(provider.url, { ...base, ...more }));
  }
  const sidecar: TestSidecar = startSidecar(configOf(upstreams), {}, {
    ...env && { env: (name) => env[name] },
    ...leap !== undefined && { clock },
  });
  try {
    const run = await runCodex({ baseUrl: `${sidecar.url}/v1`, prompt: "What is the answer?" });
    const { code, errors, reconnects, messages } = run;
    const log = sidecar.log.join("\n");
    deepEqual({ code, errors, reconnects, messages }, {
      code: 0,
      errors: [],
      reconnects: 0,
      messages: says === undefined ? [TEXT] : [says, TEXT],
    }, log);
    equal(run.file("ran.txt"), tool ? RAN : undefined, log);
    deepEqual(sidecar.records.map(({ upstream }) => upstream), answered, log);
    for (const [name, count] of Object.entries(posts)) {
      equal(providers[name]?.posts.length, count, `${name}\n${log}`);
      deepEqual([...new Set(providers[name]?.posts.map(wireOf))], [
        ships[name]?.wire ?? "responses",
      ]);
    }
    check?.(providers, run);
  } finally {
    await sidecar.stop();
    for (const provider of Object.values(providers)) await provider.stop();
  }
}

Deno.test("failover: twelve turns of Codex, two at once at the provider", async () => {
  let now = 0;
  let most = 0;
  const provider = await startProvider({
    script(request) {
      most = Math.max(most, ++now);
      void request.over.then(() => now--);
      // A provider that refuses the third one at once
      return now > 2
        ? limited()
        : insertAt(say(request, ANSWER), "created", [{ do: "wait", ms: 150 }]);
    },
  });
  const entry = { wire: "chat", provider: "generic", concurrency: 2 } as const;
  const sidecar = startSidecar(configOf(new Map([["a", upstream(provider.url, entry)]])));
  try {
    const baseUrl = `${sidecar.url}/v1`;
    const runs = await Promise.all(
      Array.from({ length: 12 }, (_, n) => runCodex({ baseUrl, prompt: `Question ${n}?` })),
    );
    for (const { code, errors, reconnects, messages } of runs) {
      deepEqual({ code, errors, reconnects, messages }, {
        code: 0,
        errors: [],
        reconnects: 0,
        messages: [TEXT],
      }, sidecar.log.join("\n"));
    }
    deepEqual([most, provider.posts.length, sidecar.notes.length], [2, 12, 0]);
  } finally {
    await sidecar.stop();
    await provider.stop();
  }
});

function configOf(upstreams: ReadonlyMap<string, UpstreamConfig>): Config {
  const [first] = upstreams.values();
  return sidecarConfig(first as UpstreamConfig, { upstreams });
}

/** A short request: the model knows few words, so that a character is a token, and it reads on one core. */
const BRIEF = {
  prompt: "Tell me something.",
  files: { "brief.md": "Be brief." },
  config: 'model_instructions_file = "$WORK/brief.md"',
  features: { shell_tool: false, unified_exec: false, multi_agent: false, goals: false },
};
const missing = hasLlama()
  ? ""
  : " (ignored: ../shared/tools/llama-server was never built on this machine)";

const PAIRS: readonly (readonly [first: Wire, second: Wire])[] = [
  ["chat", "chat"],
  ["responses", "anthropic"],
  ["anthropic", "chat"],
];
for (const [one, other] of PAIRS) {
  Deno.test({
    name:
      `failover: of two real model servers the first is ended in mid-answer (${one} to ${other})${missing}`,
    ignore: !hasLlama(),
    fn: () => endsOnTheSecond(one, other),
  });
}

async function endsOnTheSecond(one: Wire, other: Wire): Promise<void> {
  const ports = [freePort(), freePort()] as const;
  const first = await startLlama(ports[0], "--ignore-eos", "-n", "1000000");
  const second = await startLlama(ports[1]);
  const entry = (port: number, wire: Wire, more = {}) =>
    upstream(`http://127.0.0.1:${port}/v1`, { wire, provider: "generic", ...more });
  const upstreams = new Map([
    ["first", entry(ports[0], one, { fallback: ["second"] })],
    ["second", entry(ports[1], other)],
  ]);
  let deltas = 0;
  const sidecar = startSidecar(configOf(upstreams), {
    received(_, fact) {
      if (fact.kind !== "bytes") return;
      deltas += new TextDecoder().decode(fact.bytes)
        .split(/output_text\.delta|"text_delta"|"content":"/).length - 1;
    },
  });
  try {
    const codex = await startCodex({ ...BRIEF, baseUrl: `${sidecar.url}/v1` });
    await until(() => deltas > 5);
    await first.kill();
    const { code, errors, messages, reconnects } = await codex.result;
    deepEqual({ code, errors, reconnects, messages: messages.length }, {
      code: 0,
      errors: [],
      reconnects: 0,
      messages: 1,
    }, sidecar.log.join("\n"));
    notEqual(messages[0], "");
    deepEqual(sidecar.records.map(({ upstream, replays }) => [upstream, replays > 0]), [
      ["second", true],
    ]);
  } finally {
    await sidecar.stop();
    await first.kill();
    await second.kill();
  }
}
