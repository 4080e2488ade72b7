/**
 * What the model says in the end-to-end suite, on whatever wire it is asked.
 *
 * @module
 */

import type { SimulatedAnswer } from "../../lib/simulate/answer.ts";
import { faultNamed, misbehave } from "../../lib/simulate/faults/faults.ts";
import { goodScript } from "../../lib/simulate/good_script.ts";
import type { ProviderOptions, SeenRequest } from "../../lib/simulate/provider.ts";
import type { Script } from "../../lib/simulate/script.ts";
import { catalog } from "../helpers/codex/catalog.ts";
import { wireOf } from "./seen.ts";

/** An answer before it is known on which wire it is asked for. */
export type Words = Omit<SimulatedAnswer, "wire">;

/** The end of most turns. */
export const TEXT = "The answer is forty-two, and nobody knows why.";

/** What the model says in most cases. */
export const ANSWER: Words = {
  reasoning: "The question is old, and so is its answer.",
  text: TEXT,
};

/** The model asks for one shell command, which leaves a trace: each run of it adds a line to a file. */
export const TOOL: Words = {
  reasoning: "A command will tell.",
  calls: [{ kind: "function", name: "exec_command", arguments: { cmd: "echo ran >> ran.txt" } }],
};

/** What `ran.txt` holds after one run of {@link TOOL}. */
export const RAN = "ran\n";

/** A freeform patch of `poem.txt`. */
export const PATCH = `*** Begin Patch
*** Update File: poem.txt
@@
-roses are blue
+roses are red
*** End Patch
`;

/** `poem.txt` after it. */
export const PATCHED = "roses are red\nviolets too\n";

/** What makes Codex offer its freeform tool, and the file to patch with it. */
export const PATCHING = {
  files: { "models.json": catalog("sim-1"), "poem.txt": "roses are blue\nviolets too\n" },
  config: 'model_catalog_json = "$WORK/models.json"',
};

/** A red square of 8 pixels. */
export const PNG = Uint8Array.from(
  atob(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC",
  ),
  (letter) => letter.charCodeAt(0),
);

/** The words as an answer to this request, with ids of its own. */
export function answerTo(request: SeenRequest, words: Words): SimulatedAnswer {
  return { seed: `${request.n}`, ...words, wire: wireOf(request) };
}

/** A good answer to this request. */
export function say(request: SeenRequest, words: Words): Script {
  return goodScript(answerTo(request, words));
}

/** An answer to this request with a fault of the table. */
export function spoil(request: SeenRequest, name: string, words: Words): Script {
  return faultNamed(name).script(answerTo(request, words), PACE);
}

/** A provider with a fault of the table; ids differ from answer to answer. */
export function faulty(name: string, words: Words = ANSWER): ProviderOptions["script"] {
  return (request, n) =>
    misbehave(faultNamed(name), { ...words, wire: wireOf(request) }, PACE)(request, n);
}

/** Silences longer than the patience of an impatient Codex, comments within it. */
const PACE = { silence: 9_000, drip: 500 };
