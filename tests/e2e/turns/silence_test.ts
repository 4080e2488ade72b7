/**
 * Codex gives up after 6 s without an event here, the provider is silent for 9: nothing of it may reach the user.
 */

import { ok } from "node:assert/strict";
import { breakAt } from "../../../lib/simulate/transform_script.ts";
import { hang, type ScriptMark } from "../../../lib/simulate/script.ts";
import { IMPATIENT } from "../../helpers/codex/codex.ts";
import { ANSWER, faulty, say, TEXT } from "../say.ts";
import { type Case, inTurn, turns, unharmed } from "../turn.ts";

const silences: Case[] = [
  "silence-before-head",
  "silence-before-content",
  "silence-after-created",
  "silence-mid-reasoning",
  "silence-mid-text",
  "silence-before-end",
  "comments-only",
  "comments-mid-text",
].map((name) => ({
  name: `silence: ${name} is bridged by beats`,
  script: faulty(name),
  codex: IMPATIENT,
  check(turn) {
    unharmed(turn, [TEXT], 1);
    // One a second, if this process is given the processor; how many is for tests on a clock of their own
    ok((turn.sidecar.records[0]?.heartbeats ?? 0) >= 2, "no heartbeats");
  },
}));

/** Clocks short enough to wait for, longer than any good pause. */
const timeouts = {
  connect: 2_000,
  head: 2_500,
  firstEvent: 2_500,
  silence: 2_500,
  progress: 4_500,
};

const stalls: Case[] = [
  "stall-before-head",
  "stall-before-content",
  "stall-after-created",
  "stall-mid-reasoning",
  "stall-mid-text",
  "chatter-before-content",
  "chatter-mid-text",
].map((name) => ({
  name: `silence: ${name} runs into a clock and is replayed`,
  script: faulty(name),
  config: { timeouts },
  codex: IMPATIENT,
  async check(turn) {
    unharmed(turn, [TEXT], 2);
    const { how } = await turn.provider.posts[0]!.over;
    ok(how === "left", "the stalled request was let go");
  },
}));

const twice: ScriptMark[] = ["mid-text", "mid-reasoning"];
const two: Case = {
  name: "silence: two stalls in a row are both replayed",
  script(request, n) {
    const script = say(request, ANSWER);
    const mark = twice[n - 1];
    return mark ? breakAt(script, mark, [hang]) : script;
  },
  config: { timeouts },
  codex: IMPATIENT,
  check: (turn) => unharmed(turn, [TEXT], 3),
};

Deno.test("silence: a silent or stalled provider costs Codex nothing", async (t) => {
  const everywhere = /silence-mid-text|stall-mid-text/;
  const cases = [...inTurn(silences, everywhere), ...inTurn(stalls, everywhere), ...inTurn([two])];
  await turns(t, cases, 12);
});
