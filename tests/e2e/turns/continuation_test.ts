/** An answer that goes on after a break, at providers that want it asked for in their own way. Codex has no retries here. */

import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { isObject } from "../../../lib/base/json.ts";
import { GO_ON } from "../../../lib/translate/items/input_items.ts";
import { breakAt } from "../../../lib/simulate/transform_script.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { reset } from "../../../lib/simulate/script.ts";
import { ANSWER, RAN, say, spoil, TEXT, TOOL } from "../say.ts";
import { inputOf, outputsIn } from "../seen.ts";
import { no } from "./strict.ts";
import { type Case, turns, unharmed } from "../turn.ts";

const LOOKING = "I look it up first.";
const PREFILL =
  "This model does not support assistant message prefill. The conversation must end with a user message.";

function endsWithAssistant(request: SeenRequest): boolean {
  return inputOf(request).at(-1)?.role === "assistant";
}

const cases: Case[] = [
  {
    name: "continuation: a provider that wants the user's word last is asked to go on",
    script(request, n) {
      if (outputsIn(request).length > 0) return say(request, ANSWER);
      if (endsWithAssistant(request)) return no(PREFILL);
      return n > 1 ? say(request, TOOL) : spoil(request, "reset-mid-arguments", {
        ...TOOL,
        text: LOOKING,
      });
    },
    check(turn) {
      unharmed(turn, [LOOKING, TEXT], 4);
      equal(turn.run.file("ran.txt"), RAN);
      match(JSON.stringify(inputOf(turn.provider.posts[2]).at(-1)), new RegExp(GO_ON));
    },
  },
  {
    name: "continuation: what a provider refuses of our own is not what the user reads",
    script: (request, n) =>
      n > 1 ? no(PREFILL) : spoil(request, "reset-mid-arguments", { ...TOOL, text: LOOKING }),
    check({ run }) {
      equal(run.code, 1);
      doesNotMatch(run.errors.join("\n"), /prefill/);
      match(run.errors.join("\n"), /broke the connection/);
    },
  },
  {
    name: "continuation: a provider that goes on in an answer gets its beginning",
    wires: ["chat"],
    upstream: { provider: "kimi" },
    script(request, n) {
      const last = inputOf(request).at(-1);
      if (last?.partial === true) {
        return say(request, { text: TEXT.slice(`${last.content}`.length) });
      }
      return n > 1
        ? no("There was no beginning")
        : breakAt(say(request, ANSWER), "mid-text", [reset]);
    },
    check(turn) {
      unharmed(turn, [TEXT], 2);
      const last = inputOf(turn.provider.posts[1]).at(-1);
      deepEqual(isObject(last) && [last.role, last.reasoning_content], [
        "assistant",
        ANSWER.reasoning,
      ]);
    },
  },
];

Deno.test("continuation: a broken answer goes on whatever the provider wants to be asked", (t) =>
  turns(t, cases));
