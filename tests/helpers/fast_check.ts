/**
 * The one place that names the version of fast-check, and the seed: the suite tries the same values in every run, so that a run
 * says something of what was changed. `TEST_SEED=random` tries others; a failing property prints its seed.
 *
 * @module
 */

// deno-lint-ignore no-import-prefix
import fc from "npm:fast-check@4.10.2";

const given = Deno.env.get("TEST_SEED");
if (given !== "random") fc.configureGlobal({ seed: Number(given ?? 1) });

export { fc };
