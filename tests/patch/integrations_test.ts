import assert from "node:assert/strict";
import { Failure } from "../../lib/base/errors.ts";
import { INTEGRATION_NAMES, openIntegrations } from "../../lib/patch/integrations.ts";
import { testMachine } from "../helpers/settings/machine.ts";
import { MemoryDisk } from "../helpers/settings/memory_disk.ts";

const context = { ...testMachine(new MemoryDisk()), port: 8411, stateDir: "/h/state" };
const names = (only?: string) => openIntegrations(context, only).map(({ name }) => name);

Deno.test("places: all of them, Codex last, or those that are named", () => {
  assert.deepEqual(names(), ["cc-switch", "codex++", "codex"]);
  assert.deepEqual(names().sort(), [...INTEGRATION_NAMES].sort());
  assert.deepEqual(names("codex, cc-switch"), ["cc-switch", "codex"]);
});

const wrong: [only: string, end: string][] = [
  ["codx", "not codx. Did you mean codex?"],
  ["codex,cc_swich", "not cc_swich. Did you mean cc-switch?"],
  ["codex,", "not nothing"],
  ["vim", "not vim"],
];
for (const [only, end] of wrong) {
  Deno.test(`places: "${only}" is refused with the names there are`, () => {
    assert.throws(() => names(only), (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.code, "bad_usage");
      assert.equal(error.fullMessage, `--only takes codex, cc-switch, codex++, ${end}`);
      return true;
    });
  });
}
