import assert from "node:assert/strict";
import { isMap, parseDocument } from "yaml";
import { loadConfig } from "../../lib/config/load.ts";
import { settings, SETTINGS_VERSION } from "../../lib/config/schema.ts";
import { userSettings } from "../../lib/config/user_schema.ts";
import { providerNames, upstreamSettings } from "../../lib/config/upstream_schema.ts";

const text = await Deno.readTextFile(new URL("../../config.example.yaml", import.meta.url));
const uncommented = text.replace(/^#( {3,}\S)/gm, "$1");

function load(yaml: string) {
  return loadConfig({
    file: "config.example.yaml",
    env: {},
    flags: {},
    readFile: () => Promise.resolve(yaml),
  });
}

function leaves(yaml: string, under: string[]): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const walk = (node: unknown, path: string) => {
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      const full = path + String(key);
      if (isMap(value)) walk(value, `${full}.`);
      else if (full !== "upstreams" && full !== "users") {
        found.set(full, (value as { toJSON(): unknown } | null)?.toJSON() ?? null);
      }
    }
  };
  const document = parseDocument(yaml);
  walk(under.length > 0 ? document.getIn(under) : document.contents, "");
  return found;
}

Deno.test("example: it loads, and sets what nothing sets too", async () => {
  const nothing = await loadConfig({
    env: {},
    flags: {},
    readFile: () => Promise.resolve(undefined),
  });
  assert.deepEqual(await load(text), nothing);
});

Deno.test("example: it shows every setting with its default, in the order of the schema", () => {
  const rows = Object.entries(settings).map(([key, { fallback }]) => [key, fallback]);
  assert.deepEqual([...leaves(text, [])], [["version", SETTINGS_VERSION], ...rows]);
});

Deno.test("example: its upstream, uncommented, loads and shows every key there is", async () => {
  const { upstreams } = await load(uncommented);
  assert.deepEqual([...upstreams.keys()], ["mimo"]);
  const shown = [...leaves(uncommented, ["upstreams", "mimo"]).keys()];
  assert.deepEqual(shown, Object.keys(upstreamSettings));
});

Deno.test("example: its user, uncommented, loads and shows every key there is", async () => {
  const { users } = await load(uncommented);
  assert.deepEqual([...users?.keys() ?? []], ["alice"]);
  const shown = [...leaves(uncommented, ["users", "alice"]).keys()];
  assert.deepEqual(shown, Object.keys(userSettings));
});

Deno.test("example: it names every provider", () => {
  assert.ok(text.includes(`# ${providerNames.join(" ")};`));
});
