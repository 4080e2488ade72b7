/**
 * The program: argv to exit code. The only place that ends the process.
 *
 * @module
 */

import manifest from "./deno.json" with { type: "json" };
import { readBuild } from "./lib/base/version/build.ts";
import { run } from "./lib/commands/cli/cli.ts";

const build = readBuild(manifest.version);
Deno.exit(await run(Deno.args, { version: build.version, build }));
