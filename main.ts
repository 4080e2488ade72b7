/**
 * The program: argv to exit code. The only place that ends the process.
 *
 * @module
 */

import manifest from "./deno.json" with { type: "json" };
import { run } from "./lib/commands/cli.ts";

Deno.exit(await run(Deno.args, { version: manifest.version }));
