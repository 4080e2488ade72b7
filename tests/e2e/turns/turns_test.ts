/**
 * Turns out of the ordinary: long ones, pictures, compaction, users who leave.
 */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { breakAt } from "../../../lib/simulate/transform_script.ts";
import { hang, reset } from "../../../lib/simulate/script.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { soon } from "../../helpers/clock/soon.ts";
import { until } from "../gated.ts";
import { ANSWER, faulty, PNG, RAN, say, TEXT, TOOL } from "../say.ts";
import { inputOf, outputsIn } from "../seen.ts";
import { type Case, inTurn, turns, unharmed } from "../turn.ts";

const plain: Case = {
  name: "turns: a plain answer passes, with one request",
  script: (request) => say(request, ANSWER),
  check(turn) {
    unharmed(turn, [TEXT], 1);
    const { authorization, "x-api-key": key, "accept-encoding": encoding } =
      turn.provider.posts[0]!.headers;
    const sent = turn.wire === "anthropic"
      ? [undefined, "test-key"]
      : ["Bearer test-key", undefined];
    deepEqual([authorization, key, encoding], [...sent, "identity"]);
  },
};

const long: Case = {
  name: "turns: an answer of 20,000 events arrives whole",
  script: faulty("20k-events"),
  check: (turn) => unharmed(turn, ["0123456789".repeat(2_000)], 1),
};

const big: Case = {
  name: "turns: an event of a megabyte arrives whole",
  script: faulty("big-event"),
  check: (turn) => unharmed(turn, ["0123456789".repeat(200_000)], 1),
};

const leaving: Case[] = (["SIGINT", "SIGKILL"] as const).map((signal) => ({
  name: `turns: ${signal} of Codex ends the upstream request too`,
  script: (request) => breakAt(say(request, ANSWER), "mid-text", [hang]),
  async during({ codex, provider }) {
    await until(() => provider.posts.length > 0);
    codex.kill(signal);
    await codex.result;
    const { how } = await soon(provider.posts[0]!.over);
    equal(how, "left");
  },
  check({ provider, sidecar }) {
    equal(provider.posts.length, 1);
    deepEqual(sidecar.records.map(({ outcome }) => outcome), ["client_gone"]);
  },
}));

const says = (request: SeenRequest, text: string) =>
  JSON.stringify(inputOf(request)).includes(text);
const compactions = (requests: readonly SeenRequest[]) =>
  requests.filter(({ headers }) => headers["x-codex-turn-metadata"]?.includes('"compaction"'));

const compaction: Case = {
  name:
    "turns: a conversation that is compacted on the way goes on, though the summary breaks once",
  codex: { config: "model_auto_compact_token_limit = 20000" },
  script(request, n) {
    if (says(request, "Another language model started")) return say(request, ANSWER);
    if (!says(request, "CONTEXT CHECKPOINT COMPACTION")) {
      return say(request, { ...TOOL, inputTokens: 30_000 });
    }
    const script = say(request, { text: "So far: a command ran." });
    return n === 2 ? breakAt(script, "mid-text", [reset]) : script;
  },
  check(turn) {
    unharmed(turn, [TEXT], 4);
    equal(turn.run.file("ran.txt"), RAN);
    equal(compactions(turn.provider.posts).length, 2);
    ok(says(turn.provider.posts[3]!, "So far: a command ran."));
    equal(outputsIn(turn.provider.posts[1]).length, 1);
  },
};

const image: Case = {
  name: "turns: a picture reaches the provider",
  codex: { files: { "red.png": PNG }, args: ["--image", "red.png"] },
  script: (request) => say(request, ANSWER),
  check(turn) {
    unharmed(turn, [TEXT], 1);
    match(
      JSON.stringify(inputOf(turn.provider.posts[0])),
      /"(input_image","image_url":"|image_url","image_url":{"url":"|image","source":{"type":")(data:image\/png;)?base64/,
    );
  },
};

Deno.test("turns: turns out of the ordinary end as they should", async (t) => {
  const cases = [plain, long, big, ...leaving, compaction, image];
  await turns(t, inTurn(cases, /a plain answer|compacted/));
});
