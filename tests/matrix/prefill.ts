/**
 * The status line over a real model server: llama.cpp reads a prompt for seconds before it says anything. Part of
 * `deno task matrix`, because it takes one core for a quarter of a minute.
 *
 * @module
 */

import { equal, ok } from "node:assert/strict";
import type { Wire } from "../../lib/config/config.ts";
import { holdsOurs } from "../e2e/screen/status_turn.ts";
import { upstream } from "../helpers/proxy/app.ts";
import { codexScreen, hasTmux } from "../helpers/codex/codex_screen.ts";
import { hasLlama, startLlama } from "../helpers/peers/llama.ts";
import { sidecarConfig, startSidecar } from "../helpers/program/sidecar.ts";
import { freePort } from "../helpers/free_port.ts";

const tmux = await hasTmux();
const config = { status: { after: 1_000, language: "en" }, headGrace: 30_000 } as const;

/** A real server that reads a long prompt before it says anything. */
async function prefill(wire: Wire): Promise<void> {
  const port = freePort();
  const llama = await startLlama(port, "-c", "131072");
  const entry = upstream(`http://127.0.0.1:${port}/v1`, { wire, provider: "generic" });
  const timeouts = {
    connect: 5_000,
    head: 100_000,
    firstEvent: 100_000,
    silence: 100_000,
    progress: 100_000,
  };
  const sidecar = startSidecar(sidecarConfig(entry, { ...config, timeouts }));
  const seen: string[] = [];
  try {
    const { lines } = await codexScreen({
      baseUrl: `${sidecar.url}/v1`,
      prompt: "Tell me something.",
      // A character is a token there, and it reads on one core.
      files: { "brief.md": "Be brief." },
      config: 'model_instructions_file = "$WORK/brief.md"',
      features: { multi_agent: false, goals: false },
      provider: "stream_idle_timeout_ms = 60000",
      watch: (lines) => {
        const line = lines.find((line) => /esc to interrupt/.test(line));
        if (line && line !== seen.at(-1)) seen.push(line);
      },
      over: () => sidecar.records.some(({ outcome }) => outcome === "completed") && seen.length > 0,
    });
    ok(
      seen.some((line) => / is silent: \d+ s|no text yet/.test(line)),
      seen.join("\n"),
    );
    equal(holdsOurs(lines), undefined);
  } finally {
    await sidecar.stop();
    await llama.kill();
  }
}

for (const wire of ["responses", "chat"] as const) {
  Deno.test({
    name: `matrix: the prefill of a real model server is told (${wire})${
      tmux && hasLlama() ? "" : " (ignored: there is no tmux, or llama-server was never built here)"
    }`,
    ignore: !tmux || !hasLlama(),
    fn: () => prefill(wire),
  });
}
