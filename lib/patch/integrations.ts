/**
 * All integrations, in the order of their changes: the switchers first, Codex's own file last. After a crash between
 * two of them, Codex works as before.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { didYouMean } from "../config/suggest.ts";
import { ccSwitchIntegration } from "./cc_switch/integration.ts";
import { codexIntegration } from "./codex/integration.ts";
import { codexPlusIntegration } from "./codex_plus/integration.ts";
import type { Integration, IntegrationName, PatchContext } from "./integration.ts";

const INTEGRATIONS:
  readonly (readonly [IntegrationName, (context: PatchContext) => Integration])[] = [
    ["cc-switch", (context) => ccSwitchIntegration(context)],
    ["codex++", (context) => codexPlusIntegration(context)],
    ["codex", codexIntegration],
  ];

/** Their names, in the order in which help texts name them. */
export const INTEGRATION_NAMES: readonly IntegrationName[] = ["codex", "cc-switch", "codex++"];

/**
 * Creates the integrations, or those that `only` names: `codex,cc-switch`.
 *
 * @throws {Failure} `bad_usage` for an unknown name
 */
export function openIntegrations(context: PatchContext, only?: string): Integration[] {
  const asked = only?.split(",").map((name) => name.trim()) ?? INTEGRATION_NAMES;
  const stranger = asked.find((name) => !INTEGRATIONS.some(([place]) => place === name));
  if (stranger !== undefined) {
    const near = didYouMean(stranger, INTEGRATION_NAMES);
    throw new Failure(
      "bad_usage",
      `--only takes ${INTEGRATION_NAMES.join(", ")}, not ${stranger || "nothing"}${near}`,
    );
  }
  return INTEGRATIONS.filter(([name]) => asked.includes(name)).map(([, open]) => open(context));
}
