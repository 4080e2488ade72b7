/**
 * A service for the tests, and texts of every kind that may stand in one.
 *
 * @module
 */

import type { Service } from "../../lib/service/service.ts";
import { fc } from "../helpers/fast_check.ts";

/** One that `init` put there, with a proxy. */
export const service: Service = {
  by: "sidecar init",
  port: 8411,
  command: ["/opt/sidecar", "serve", "--log-dir", "/h/.local/state/codex-sidecar/logs"],
  env: { HTTPS_PROXY: "http://127.0.0.1:7890" },
  envFile: "/h/.config/codex-sidecar/service.env",
  home: "/h",
};

const trap = fc.constantFrom(
  ..."%$\"'\\ <>&;#{}|=`~()[]-",
  "%h",
  "$$",
  "${A}",
  '\\"',
  "张三",
  "é",
  "😀",
  "-->",
);

/** Texts that a file can hold, full of characters that mean something somewhere. */
export const text: fc.Arbitrary<string> = fc.array(
  fc.oneof(trap, fc.stringMatching(/^[a-z0-9/. ]{1,4}$/)),
  { maxLength: 12 },
).map((parts) => parts.join(""));
