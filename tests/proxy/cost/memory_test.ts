/** What is kept of an answer under way is a small multiple of its length, however small its deltas are. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const RUN = fileURLToPath(new URL("../../helpers/rules/memory_run.ts", import.meta.url));
const CASES = [
  ["chat", "call", 40],
  ["chat", "custom", 40],
  ["chat", "nameless", 40],
  ["chat", "text", 40],
  ["chat", "think", 40],
  ["chat", "written", 40],
  ["responses", "call", 40],
  ["responses", "custom", 40],
  ["responses", "nameless", 40],
  ["sse", "data that never ends, a little in each chunk", 65_536],
  ["chat", "call", 3],
  ["responses", "custom", 3],
] as const;

for (const [wire, kind, length] of CASES) {
  Deno.test(`memory: ${wire} ${kind} in deltas of ${length} keeps a small multiple of its length`, async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "--v8-flags=--expose-gc", "-A", RUN, wire, kind, String(length)],
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const kept = Number(new TextDecoder().decode(stdout));
    assert.ok(kept > -1 && kept < 10, `${kept} lengths are in use`);
  });
}
