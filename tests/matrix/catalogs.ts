/**
 * The catalog that the sidecar makes, read by a year of real Codexes: part of `deno task matrix`. An entry that one version
 * cannot read stops that version from starting.
 *
 * @module
 */

import { deepEqual, doesNotMatch } from "node:assert/strict";
import { startProvider } from "../../lib/simulate/provider.ts";
import { ANSWER, say, TEXT } from "../e2e/say.ts";
import { everyCatalog, STRANGER } from "../helpers/codex/catalogs.ts";
import { runCodex } from "../helpers/codex/codex.ts";

/** Those whose catalogs differ (docs/facts/codex.md §2.4). */
const VERSIONS = ["0.110.0", "0.128.0", "0.142.0", "0.146.0", "0.160.0", "0.164.0", "0.169.0"];

for (const version of VERSIONS) {
  for (const [form, text] of [["a file", everyCatalog()], ["an answer", everyCatalog(version)]]) {
    Deno.test(`matrix: Codex ${version} reads the catalog in the form of ${form}`, async () => {
      const provider = await startProvider({ script: (request) => say(request, ANSWER) });
      const run = await runCodex({
        version,
        baseUrl: provider.url,
        prompt: "What is the answer?",
        model: STRANGER,
        config: 'model_catalog_json = "$WORK/models.json"',
        files: { "models.json": text ?? "" },
      });
      await provider.stop();
      deepEqual([run.code, run.messages], [0, [TEXT]], run.stderr);
      doesNotMatch(JSON.stringify(run.events), /metadata/i);
    });
  }
}
