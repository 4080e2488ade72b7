/** The one place that names the version of fast-check. */
// deno-lint-ignore no-import-prefix
export { default as fc } from "npm:fast-check@4.10.2";
