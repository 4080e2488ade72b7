/**
 * A sidecar of the demo with one simulated provider behind it, for what the table of faults cannot show.
 *
 * @module
 */

import { type Clock, systemRandom } from "../../base/clock.ts";
import type { Config, UpstreamConfig } from "../../config/config.ts";
import { newToken, TOKEN_HEADER } from "../../proxy/inbound/token.ts";
import { startServer } from "../../proxy/server.ts";
import { type ProviderOptions, startProvider } from "../../simulate/provider.ts";
import { demoConfig } from "./cases.ts";

/** How to ask the sidecar. */
interface OneUpstream {
  /** A base for requests. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Runs `work` while provider and sidecar run. Leaves nothing running. */
export async function withOneUpstream<T>(
  clock: Clock,
  script: ProviderOptions["script"],
  { status, entry = {} }: {
    readonly status?: Config["status"];
    readonly entry?: Partial<UpstreamConfig>;
  },
  work: (sidecar: OneUpstream) => Promise<T>,
): Promise<T> {
  const provider = await startProvider({ clock, script });
  const token = newToken(systemRandom);
  const config = demoConfig(provider.url.replace(/\/v1$/, ""), token);
  const upstream: UpstreamConfig = {
    baseUrl: provider.url,
    wire: "responses",
    provider: "generic",
    models: [],
    timeouts: {},
    retry: {},
    ...entry,
  };
  const sidecar = startServer({
    ...config,
    ...status && { status },
    upstreams: new Map([["demo", upstream]]),
  }, {
    clock,
    random: systemRandom,
    observer: { attemptFailed() {}, finished() {}, notice() {} },
    env: () => undefined,
    version: "demo",
  });
  try {
    return await work({ url: `${sidecar.url}/v1`, headers: { [TOKEN_HEADER]: token } });
  } finally {
    await sidecar.abort();
    await provider.stop();
  }
}
