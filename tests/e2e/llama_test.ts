/** A real model server that is ended in the middle of an answer and started again: the user gets one answer. */

import { deepEqual, equal, notEqual } from "node:assert/strict";
import { isObject } from "../../lib/base/json.ts";
import type { Wire } from "../../lib/config/config.ts";
import { upstream } from "../helpers/app.ts";
import { startCodex } from "../helpers/codex.ts";
import { hasLlama, startLlama } from "../helpers/llama.ts";
import { sidecarConfig, startSidecar } from "../helpers/sidecar.ts";
import { freePort, until } from "./gated.ts";

/** The first one never stops by itself, so that its end comes in the middle of an answer. */
const ENDLESS = ["--ignore-eos", "-n", "1000000"];

/** A short request: the model knows few words, so that a character is a token, and it reads on one core. */
const BRIEF = {
  prompt: "Tell me something.",
  files: { "brief.md": "Be brief." },
  config: 'model_instructions_file = "$WORK/brief.md"',
  tables:
    "[features]\nshell_tool = false\nunified_exec = false\nmulti_agent = false\ngoals = false\n",
};

async function endedAndStarted(wire: Wire): Promise<void> {
  const port = freePort();
  let llama = await startLlama(port, ...ENDLESS);
  const entry = upstream(`http://127.0.0.1:${port}/v1`, { wire, provider: "generic" });
  let deltas = 0;
  const config = sidecarConfig(entry, { retry: { attempts: 12, maxWait: 60_000 } });
  const sidecar = startSidecar(config, {
    received(_, fact) {
      if (fact.kind !== "bytes") return;
      deltas +=
        new TextDecoder().decode(fact.bytes).split(/output_text\.delta|"content":"/).length - 1;
    },
  });
  try {
    const codex = await startCodex({ ...BRIEF, baseUrl: `${sidecar.url}/v1` });
    await until(() => deltas > 5);
    await llama.kill();
    await until(() => sidecar.notes.length > 0);
    llama = await startLlama(port);
    const { code, errors, messages, reconnects, items } = await codex.result;
    deepEqual({ code, errors, reconnects, messages: messages.length }, {
      code: 0,
      errors: [],
      reconnects: 0,
      messages: 1,
    });
    notEqual(messages[0], "");
    equal(items.filter(({ id }, at) => items.findIndex((item) => item.id === id) !== at).length, 0);
    equal(isObject(sidecar.records[0]) && sidecar.records[0].replays > 0, true);
  } finally {
    await sidecar.stop();
    await llama.kill();
  }
}

for (const wire of ["responses", "chat"] as const) {
  Deno.test({
    name:
      `llama: a server that is ended in the middle of an answer and started again gives one answer (${wire})${
        hasLlama() ? "" : " (ignored: ../shared/tools/llama-server was never built on this machine)"
      }`,
    ignore: !hasLlama(),
    fn: () => endedAndStarted(wire),
  });
}
