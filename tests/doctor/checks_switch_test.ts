import assert from "node:assert/strict";
import { runChecks } from "../../lib/doctor/check.ts";
import { SWITCH_CHECKS } from "../../lib/doctor/checks_switch.ts";
import { switchDatabase } from "../helpers/settings/patch_home.ts";
import { patient } from "./world.ts";

Deno.test("doctor: a retired model of a provider in cc-switch is named, whichever is in use", async () => {
  await using one = await patient({});
  const run = () => runChecks(SWITCH_CHECKS, one.facts, { clock: one.clock });
  assert.deepEqual(await run(), [], "no cc-switch");
  const { context } = one.facts.world;
  const path = context.env.HOME ?? "";
  const write = (name: string, text: string) => {
    Deno.mkdirSync(`${path}/.cc-switch`, { recursive: true });
    Deno.writeTextFileSync(`${path}/${name}`, text);
    return `${path}/${name}`;
  };
  const database = switchDatabase({ path, context, write, read: () => "" });
  const findings = await run();
  const retired = findings.find(({ fact }) =>
    /provider "Xiaomi MiMo Token Plan \(China\)" names mimo-v2\.5-pro: MiMo retired/.test(fact)
  );
  assert.deepEqual([retired?.status, retired?.name], ["warn", "models in cc-switch"]);
  assert.equal(retired?.hint, "Set mimo-v2.6-pro for it in cc-switch");
  assert.doesNotMatch(JSON.stringify(findings), /TESTKEY|glm-5\.2/);
  Deno.writeTextFileSync(database, "no database");
  assert.deepEqual(await run(), [], "said by the checks of the route");
});
