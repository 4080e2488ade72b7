/**
 * All checks that cost nothing, in the order of a request's route.
 *
 * @module
 */

import type { Check } from "./check.ts";
import { CODEX_CHECKS } from "./checks_codex.ts";
import { FALLBACK_CHECK } from "./checks_fallback.ts";
import { PROVIDER_CHECKS } from "./checks_provider.ts";
import { STATE_CHECK } from "./checks_state.ts";
import { SELF_CHECKS } from "./checks_self.ts";
import { SWITCH_CHECKS } from "./checks_switch.ts";
import { ROUTE_CHECKS } from "./checks_route.ts";
import type { DoctorFacts } from "./facts.ts";

/** The sidecar itself, Codex, the route between them, the providers. */
export const CHECKS: readonly Check<DoctorFacts>[] = [
  ...SELF_CHECKS,
  STATE_CHECK,
  FALLBACK_CHECK,
  ...CODEX_CHECKS,
  ...ROUTE_CHECKS,
  ...PROVIDER_CHECKS,
  ...SWITCH_CHECKS,
];
