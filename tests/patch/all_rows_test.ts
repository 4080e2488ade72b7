/** What `init --all` wrote on disk, whatever the code calls it today. */

import assert from "node:assert/strict";
import { allRowsText, parseAllRows } from "../../lib/patch/all_rows.ts";
import { withoutOwnTable } from "../../lib/patch/codex/all/own_table.ts";
import { readToml } from "../../lib/patch/text/toml_doc.ts";

const NOTE =
  '{"version":1,"database":"/h/cc-switch.db","port":8411,"fronts":[15721],"pass":"sidecar-pass-1"}\n';
const FACTS = {
  database: "/h/cc-switch.db",
  port: 8411,
  fronts: [15_721],
  localToken: "sidecar-pass-1",
};

Deno.test("all rows: the note is written and read as the first version wrote it", () => {
  assert.equal(allRowsText(FACTS), NOTE);
  assert.deepEqual(parseAllRows(NOTE), FACTS);
});

Deno.test("all rows: the table of an earlier init is found by its token and removed", () => {
  const before = `model_provider = "sidecar"\nmodel = "m"\n[tui]\nnotifications = true\n`;
  const table = `\n[model_providers.sidecar]\nname = "Sidecar"\nbase_url = "http://x/r/https/a/v1"
experimental_bearer_token = "sidecar-pass-0123"\nwire_api = "responses"\n`;
  const { doc, edits } = withoutOwnTable(readToml(before + table, "config.toml"), "config.toml");
  assert.equal(doc.text.trim(), "[tui]\nnotifications = true");
  assert.deepEqual(edits.map(({ key }) => key.join(".")), [
    "model_provider",
    "model",
    "model_providers.sidecar",
  ]);
});
