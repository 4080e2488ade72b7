/**
 * The wait as the person sees it: real Codex in a terminal shows the status line and keeps nothing of it; every other client
 * gets no trace.
 */

import { equal, match, ok } from "node:assert/strict";
import type { Wire } from "../../../lib/config/config.ts";
import { isObject } from "../../../lib/base/json.ts";
import { type SeenRequest, startProvider } from "../../../lib/simulate/provider.ts";
import { wait } from "../../../lib/simulate/script.ts";
import { upstream } from "../../helpers/proxy/app.ts";
import { appServerTurn } from "../../helpers/codex/app_server.ts";
import { codexEnv } from "../../helpers/codex/codex.ts";
import { codexBinary } from "../../helpers/codex/codex_binary.ts";
import { sidecarConfig, startSidecar } from "../../helpers/program/sidecar.ts";
import { ANSWER, say, TEXT, TOOL } from "../say.ts";
import { hasTmux } from "../../helpers/codex/codex_screen.ts";
import { pool } from "../../helpers/pool.ts";
import { holdsOurs, SILENCE, STATUS_CASES, statusTurn } from "./status_turn.ts";
import { type Case, turns, unharmed } from "../turn.ts";

const tmux = await hasTmux();

const SILENT = STATUS_CASES[0]!;
/** The same, and the tool is called once only: a compaction forgets its output. */
const ONCE = {
  ...SILENT,
  answer: (
    request: SeenRequest,
    n: number,
  ) => [...n === 1 ? SILENCE : [], ...say(request, n === 1 ? TOOL : { text: TEXT })],
};

/** Goes on with the last thread of a home, without the terminal. */
async function resume(home: string, work: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(await codexBinary(), {
    args: ["exec", "--json", "--skip-git-repo-check", "resume", "--last", "And why?"],
    cwd: work,
    clearEnv: true,
    env: codexEnv(home),
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  ok(success && text.includes(TEXT), text + new TextDecoder().decode(stderr));
  equal(holdsOurs(text), undefined);
}

const shown = STATUS_CASES.flatMap((one) =>
  one.wires.map((wire) => ({ name: `${one.name} (${wire})`, run: () => statusTurn(one, wire) }))
);
const kept = [
  {
    name: "resumed",
    run: () =>
      statusTurn(SILENT, "chat", {
        left: resume,
        check: (posts) => ok(JSON.stringify(posts.at(-1)?.json).includes("And why?")),
      }),
  },
  {
    name: "compacted right after",
    run: () =>
      statusTurn(ONCE, "responses", {
        config: "model_auto_compact_token_limit = 50",
        check: (posts) =>
          match(JSON.stringify(posts.map(({ json }) => json)), /CONTEXT CHECKPOINT/),
      }),
  },
];

Deno.test({
  name: `status: the terminal shows what it waits for, and nothing of it stays${
    tmux ? "" : " (ignored: this machine has no tmux)"
  }`,
  ignore: !tmux,
  fn: (t) => pool(t, [...kept, ...shown], 5),
});

const config = { status: { after: 1_000, language: "en" }, headGrace: 30_000 } as const;

const exec: Case = {
  name: "codex exec --json",
  script: (request) => [wait(3_000), ...say(request, ANSWER)],
  config,
  check(turn) {
    unharmed(turn, [TEXT], 1);
    equal(holdsOurs(turn.run.events), undefined);
    equal(turn.run.items.filter(({ type }) => type === "reasoning").length <= 1, true);
  },
};

Deno.test("status: codex exec holds no trace of it", (t) => turns(t, [exec]));

async function view(wire: Wire): Promise<void> {
  const provider = await startProvider({
    script: (request) => [wait(3_000), ...say(request, ANSWER)],
  });
  const entry = upstream(provider.url, { wire, provider: "generic" });
  const sidecar = startSidecar(sidecarConfig(entry, config));
  try {
    const seen = await appServerTurn({ baseUrl: `${sidecar.url}/v1`, prompt: "What is it?" });
    equal(holdsOurs(seen), undefined);
    const items = seen.flatMap(({ method, params: { item } }) =>
      method === "item/completed" && isObject(item) ? [item] : []
    );
    equal(items.filter(({ type }) => type === "reasoning").length, 1);
    equal(items.find(({ type }) => type === "agentMessage")?.text, TEXT);
    match(JSON.stringify(items), /The question is old/);
  } finally {
    await sidecar.stop();
    await provider.stop();
  }
}

Deno.test("status: the view of the extension holds no trace of it, and the true reasoning", (t) =>
  pool(
    t,
    (["responses", "chat"] as const).map((wire) => ({ name: wire, run: () => view(wire) })),
    2,
  ));
