/**
 * Anthropic itself. Facts: docs/facts/providers.md §15.
 *
 * @module
 */

import { provider } from "../../defaults.ts";

export const anthropic = provider({
  name: "anthropic",
  title: "Anthropic",
  hosts: ["api.anthropic.com"],
  wire: "anthropic",
});
