/**
 * A year of Codex through the sidecar: `deno task matrix`, which installs each version from npm (2 GB in all, once) and
 * prints what it made of an overflow, an output limit, a heartbeat, a break and a tool. The suite itself keeps one version.
 *
 * @module
 */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Wire } from "../../lib/config/config.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import { remaining } from "../../lib/simulate/answer.ts";
import { goodScript } from "../../lib/simulate/good_script.ts";
import type { ProviderOptions, SeenRequest } from "../../lib/simulate/provider.ts";
import type { Script } from "../../lib/simulate/script.ts";
import { mapData } from "../../lib/simulate/transform_script.ts";
import { ANSWER, answerTo, faulty, RAN, say, spoil, TEXT, TOOL } from "../e2e/say.ts";
import { outputsIn, wireOf } from "../e2e/seen.ts";
import { STATUS_CASES, statusTurn } from "../e2e/screen/status_turn.ts";
import { type Turn, turns } from "../e2e/turn.ts";
import { hasTmux } from "../helpers/codex/codex_screen.ts";
import { pool } from "../helpers/pool.ts";

/** Those that were tried, oldest first (docs/facts/codex.md §8). */
export const VERSIONS = ["0.98.0", "0.120.0", "0.142.0", "0.160.0", "0.166.0", "0.169.0"] as const;

/** Retries of its own, so that a turn which asks again is seen to. */
const RETRIES = "request_max_retries = 2\nstream_max_retries = 3";

interface MatrixCase {
  readonly name: string;
  /** Default: both. */
  readonly wires?: readonly Wire[];
  readonly script: ProviderOptions["script"];
  check(turn: Turn): void;
}

/** The turn is over after one request, with these words for the person and that much of the answer. */
function endsWith({ run, provider }: Turn, words: RegExp, messages: readonly string[]): void {
  deepEqual([run.code, run.messages, provider.posts.length], [1, messages, 1]);
  match(run.errors.at(-1) ?? "", words);
  equal(run.reconnects, 0);
}

function succeeds({ run }: Turn): void {
  deepEqual([run.code, run.reconnects, run.messages], [0, 0, [TEXT]]);
}

/** An answer that the provider cuts at its longest output. */
function atLimit(request: SeenRequest): Script {
  if (wireOf(request) === "chat") return spoil(request, "finish-length", ANSWER);
  return mapData(
    say(request, ANSWER),
    (payload: JsonObject) =>
      payload.type === "response.completed"
        ? {
          ...payload,
          type: "response.incomplete",
          response: {
            ...payload.response as JsonObject,
            status: "incomplete",
            incomplete_details: { reason: "max_output_tokens" },
          },
        }
        : payload,
  );
}

const CASES: readonly MatrixCase[] = [
  {
    name: "overflow as a status",
    script: faulty("overflow-400"),
    check: (turn) => endsWith(turn, /ran out of room in the model's context window/, []),
  },
  {
    name: "overflow as an event",
    wires: ["responses"],
    script: faulty("overflow-event"),
    check: (turn) => endsWith(turn, /ran out of room in the model's context window/, []),
  },
  {
    name: "output limit",
    script: atLimit,
    check: (turn) => endsWith(turn, /max_output_tokens/, [TEXT]),
  },
  {
    name: "heartbeats",
    script: faulty("silence-before-content"),
    check(turn) {
      succeeds(turn);
      ok((turn.sidecar.records[0]?.heartbeats ?? 0) >= 6, "a heartbeat for every second");
    },
  },
  {
    name: "break",
    script: (request, n) =>
      n === 1
        ? faulty("reset-mid-text")(request, n)
        : goodScript(remaining(answerTo(request, ANSWER), request.json)),
    check: succeeds,
  },
  {
    name: "tool",
    script: (request) => say(request, outputsIn(request).length > 0 ? ANSWER : TOOL),
    check(turn) {
      succeeds(turn);
      equal(turn.run.file("ran.txt"), RAN);
    },
  },
];

for (const version of VERSIONS) {
  Deno.test(`matrix: Codex ${version}`, (t) => {
    const cases = CASES.map((one) => ({
      wires: ["responses", "chat"] as const,
      ...one,
      codex: { version, provider: RETRIES },
    }));
    return turns(t, cases, 4);
  });
}

/** Those whose terminal is shown the status line. */
const TOLD = ["0.120.0", "0.142.0", "0.160.0", "0.169.0"];
const tmux = await hasTmux();

for (const version of TOLD) {
  Deno.test({
    name: `matrix: the status line of Codex ${version}${
      tmux ? "" : " (ignored: there is no tmux)"
    }`,
    ignore: !tmux,
    fn: (t) =>
      pool(
        t,
        STATUS_CASES.flatMap((one) =>
          (["responses", "chat"] as const).map((wire) => ({
            name: `${one.name} (${wire})`,
            run: () => statusTurn(one, wire, { version }),
          }))
        ),
        4,
      ),
  });
}
