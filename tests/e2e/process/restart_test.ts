/**
 * The sidecar itself goes away in the middle of a turn: Codex waits for it and goes on, as `init` sets it up to.
 */

import { deepEqual, equal } from "node:assert/strict";
import type { Wire } from "../../../lib/config/config.ts";
import type { Provider } from "../../../lib/simulate/provider.ts";
import { startCodex } from "../../helpers/codex/codex.ts";
import { startSidecarProcess } from "../../helpers/program/sidecar.ts";
import { gated, until } from "../gated.ts";
import { TEXT } from "../say.ts";
import { freePort } from "../../helpers/free_port.ts";

function configOf(provider: Provider, wire: Wire): string {
  return `heartbeat: { interval: 1s }
upstreams:
  sim: { base_url: "${provider.url}", wire: ${wire}, provider: generic }
`;
}

async function death(wire: Wire): Promise<void> {
  const provider = await gated();
  const args = ["--port", `${freePort()}`];
  const first = await startSidecarProcess(configOf(provider, wire), args);
  const codex = await startCodex({
    baseUrl: `${first.url}/v1`,
    prompt: "What is the answer?",
    provider: "request_max_retries = 10\nstream_max_retries = 100",
  });
  await until(() => provider.posts.length === 1);
  await first.kill("SIGKILL");
  const second = await startSidecarProcess(configOf(provider, wire), args);
  try {
    const { code, messages } = await codex.result;
    deepEqual({ code, messages, posts: provider.posts.length }, {
      code: 0,
      messages: [TEXT],
      posts: 2,
    });
  } finally {
    await second.kill("SIGTERM");
    await provider.stop();
  }
}

async function asked(wire: Wire): Promise<void> {
  const provider = await gated();
  const sidecar = await startSidecarProcess(configOf(provider, wire), ["--port", "0"]);
  const codex = await startCodex({ baseUrl: `${sidecar.url}/v1`, prompt: "What is the answer?" });
  await until(() => provider.posts.length === 1);
  const stopped = sidecar.kill("SIGTERM");
  await until(() => sidecar.log.some((line) => line.includes("stopping")));
  provider.open("rest");
  const { code, messages, errors } = await codex.result;
  deepEqual({ code, messages, errors }, { code: 0, messages: [TEXT], errors: [] });
  equal(await stopped, 0);
  await provider.stop();
}

// A process that ends knows of no wire: one each
Deno.test("restart: a turn survives the death of the sidecar and its return", () => {
  return death("responses");
});

Deno.test("restart: a sidecar that is asked to stop lets the running answer end first", () => {
  return asked("chat");
});
