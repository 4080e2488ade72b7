/**
 * A sidecar with a dashboard for tests in a browser: a provider that plays what the model's name asks for, a history, and
 * requests like Codex's.
 *
 * @module
 */

import { systemClock, systemRandom } from "../../../lib/base/clock.ts";
import type { Config } from "../../../lib/config/config.ts";
import { type History, openHistory } from "../../../lib/observe/history/history.ts";
import { startServer } from "../../../lib/proxy/server.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { startProvider } from "../../../lib/simulate/provider.ts";
import { cut, hang, json, type Script } from "../../../lib/simulate/script.ts";
import { upstream } from "../proxy/app.ts";
import { sidecarConfig } from "../program/sidecar.ts";

/** A name that would run in a page that writes it as markup. */
export const HOSTILE = "<img src=x onerror=globalThis.owned=1>";

const TEXT = "The answer is forty-two, and it is given slowly so that a rate can be seen. ".repeat(
  3,
);

/** What the provider does, by the model that is asked. */
const PLAYS: Record<string, (n: number) => Script> = {
  good: () => goodScript({ wire: "chat", text: "All is well.", inputTokens: 12_000 }),
  // Both until the test is over
  silent: () => [hang],
  slow: () =>
    goodScript({ wire: "chat", reasoning: "Hm. ", text: TEXT.repeat(100), size: 4, gap: 40 }),
  breaks: (n) => {
    const whole = goodScript({ wire: "chat", text: TEXT, size: 8, gap: 2 });
    return n % 2 === 1 ? [...whole.slice(0, 40), cut] : whole;
  },
  refused: () => json(401, { error: { message: `Wrong key ${HOSTILE} javascript:alert(1)` } }),
};

/** A running sidecar under test. */
export interface DashboardRun extends AsyncDisposable {
  readonly url: string;
  readonly history: History;
  /** Asks a model; resolves when the answer is over, with its text; `gone` where it was cut off. */
  ask(model: string, token?: string): Promise<string>;
  /** Stops the sidecar alone. */
  stop(): Promise<void>;
}

/** Starts one. */
export async function startDashboard(changes: Partial<Config> = {}): Promise<DashboardRun> {
  const counts = new Map<string, number>();
  const provider = await startProvider({
    clock: systemClock,
    script: ({ json: body }) => {
      const model = String(body?.model);
      const n = (counts.get(model) ?? 0) + 1;
      counts.set(model, n);
      return (PLAYS[model] ?? PLAYS.good as never)(n);
    },
  });
  const config = sidecarConfig(upstream(provider.url, { wire: "chat" }), {
    upstreams: new Map([["acme", upstream(provider.url, { wire: "chat" })]]),
    ...changes,
  });
  const history = openHistory({
    clock: systemClock,
    version: "0.1.0",
    docs: "https://docs.example/",
    costOf: (_upstream, _model, { input }) => ({ currency: "USD", amount: input / 1e6 }),
  });
  const server = startServer(config, {
    clock: systemClock,
    random: systemRandom,
    observer: history,
    history,
    docs: "https://docs.example/",
    env: () => undefined,
    version: "0.1.0",
  });
  const asked = new Set<Promise<string>>();
  const leave = new AbortController();
  let stopped: Promise<void> | undefined;
  const stop = () => stopped ??= server.abort();
  return {
    url: server.url,
    history,
    ask(model, token) {
      const answer = fetch(`${server.url}/v1/responses`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "user-agent": "codex-tui/0.169.0 (Linux)",
          ...token !== undefined && { "x-sidecar-token": token },
        },
        body: JSON.stringify({ model, stream: true, input: "hi" }),
        signal: leave.signal,
      }).then((response) => response.text()).catch(() => "gone");
      asked.add(answer);
      return answer;
    },
    stop,
    async [Symbol.asyncDispose]() {
      leave.abort();
      await Promise.all(asked);
      await stop();
      await provider.stop();
    },
  };
}
