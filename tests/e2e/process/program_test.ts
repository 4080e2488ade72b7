/**
 * The whole program in a process of its own, with real Codex: what a user downloads, where `TEST_PROGRAM` names it.
 *
 * Codex has no retries of its own here, but for where the sidecar itself goes away (`restart_test.ts`).
 */

import { deepEqual, equal, match } from "node:assert/strict";
import type { Wire } from "../../../lib/config/config.ts";
import { type ProviderOptions, startProvider } from "../../../lib/simulate/provider.ts";
import {
  type CodexOptions,
  type CodexRun,
  IMPATIENT,
  runCodex,
} from "../../helpers/codex/codex.ts";
import { pool } from "../../helpers/pool.ts";
import { startSidecarProcess } from "../../helpers/program/sidecar.ts";
import { ANSWER, faulty, PATCH, PATCHED, PATCHING, say, TEXT } from "../say.ts";
import { outputsIn } from "../seen.ts";
import { WIRES } from "../turn.ts";

interface Job {
  readonly name: string;
  readonly script: ProviderOptions["script"];
  readonly posts: number;
  readonly codex?: Partial<CodexOptions>;
  check?(run: CodexRun): void;
}

const jobs: Job[] = [
  { name: "a plain answer", script: (request) => say(request, ANSWER), posts: 1 },
  {
    name: "a silence longer than its patience",
    script: faulty("silence-mid-reasoning"),
    posts: 1,
    codex: IMPATIENT,
  },
  {
    name: "a connection reset in the middle of the text",
    script: faulty("reset-mid-text"),
    posts: 2,
  },
  {
    name: "a patch by a tool that the provider does not know",
    posts: 2,
    script(request) {
      const calls = [
        { kind: "function", name: "apply_patch", arguments: { input: PATCH } },
      ] as const;
      return say(request, outputsIn(request).length > 0 ? ANSWER : { calls });
    },
    codex: PATCHING,
    check: (run) => equal(run.file("poem.txt"), PATCHED),
  },
];

async function play({ script, posts, codex, check }: Job, wire: Wire): Promise<void> {
  const provider = await startProvider({ script });
  const sidecar = await startSidecarProcess(
    `heartbeat: { interval: 1s }
upstreams:
  sim: { base_url: "${provider.url}", wire: ${wire}, provider: mimo }
`,
    ["--port", "0"],
  );
  try {
    const run = await runCodex({ prompt: "Go on.", ...codex, baseUrl: `${sidecar.url}/v1` });
    const { code, errors, messages } = run;
    deepEqual(
      { code, errors, messages, posts: provider.posts.length },
      { code: 0, errors: [], messages: [TEXT], posts },
      sidecar.log.join("\n"),
    );
    check?.(run);
  } finally {
    equal(await sidecar.kill("SIGTERM"), 0);
    await provider.stop();
  }
  match(sidecar.log.join("\n"), /completed 200/);
}

Deno.test("program: real Codex gets its whole answers through it", async (t) => {
  // A plain answer on every wire, the others on one each: what a wire does is the same in any process
  const cases = jobs.flatMap((job, at) =>
    (at === 0 ? WIRES : WIRES.slice(at - 1, at)).map((wire) => ({
      name: `${job.name} (${wire})`,
      run: () => play(job, wire),
    }))
  );
  await pool(t, cases, 5);
});
