/**
 * Helper requests of the real client: the reviewer of approvals, on a model that only OpenAI has, at a provider that knows
 * one model and answers 404 for any other.
 */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { isObject, parseJson } from "../../../lib/base/json.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { json, type Script } from "../../../lib/simulate/script.ts";
import { catalog } from "../../helpers/codex/catalog.ts";
import { ANSWER, RAN, say, TEXT, type Words } from "../say.ts";
import { outputsIn } from "../seen.ts";
import { cacheable, type Case, type Turn, turns, unharmed } from "../turn.ts";

/** A command that Codex may run only with an approval. */
const ASKS: Words = {
  calls: [{
    kind: "function",
    name: "exec_command",
    arguments: {
      cmd: "echo ran >> ran.txt",
      sandbox_permissions: "require_escalated",
      justification: "The file must be written.",
    },
  }],
};

/** A verdict as a model writes it that nobody holds to a schema. */
const VERDICT =
  'It is harmless.\n```json\n{"outcome":"allow","rationale":"It only {adds} a line."}\n```';

const entries = ["sim-1", "codex-auto-review"].map((slug) => {
  const read = parseJson(catalog(slug));
  return isObject(read) && Array.isArray(read.models) ? read.models[0]! : {};
});

const REVIEWED = {
  unguarded: false,
  files: { "models.json": JSON.stringify({ models: entries }) },
  config: `model_catalog_json = "$WORK/models.json"
approvals_reviewer = "auto_review"
approval_policy = "on-request"
sandbox_mode = "workspace-write"`,
};

function script(request: SeenRequest): Script {
  if (request.json?.model !== "sim-1") {
    const message = `The model \`${request.json?.model}\` does not exist`;
    return json(404, { error: { message, code: "model_not_found" } });
  }
  if (request.headers["x-openai-subagent"] === "guardian") return say(request, { text: VERDICT });
  return say(request, outputsIn(request).length > 0 ? ANSWER : ASKS);
}

function reviewed(turn: Turn): void {
  unharmed(turn, [TEXT], 3);
  cacheable(turn);
  equal(turn.run.file("ran.txt"), RAN);
  deepEqual(turn.sidecar.records.map(({ model, helper }) => [model, helper]), [
    ["sim-1", undefined],
    ["sim-1", "guardian"],
    ["sim-1", undefined],
  ]);
  const told = turn.sidecar.log.filter((line) => line.includes("does not have the model"));
  equal(told.length, 1);
  match(told[0]!, /codex-auto-review.*answered by sim-1/);
  ok(turn.provider.posts[1]!.text.includes("rationale"), "the schema is told");
}

const cases: Case[] = [
  {
    name: "helpers: the reviewer is answered by the session's own model, and the command runs",
    upstream: { provider: "mimo" },
    codex: REVIEWED,
    script,
    check: reviewed,
  },
  {
    name: "helpers: the same behind a gateway that nobody knows",
    wires: ["chat"],
    codex: REVIEWED,
    script,
    check: reviewed,
  },
];

Deno.test("helpers: approvals are reviewed where the provider has no reviewer", async (t) => {
  await turns(t, cases);
});
