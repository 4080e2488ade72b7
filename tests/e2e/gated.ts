/**
 * What tests of a sidecar that goes away share: a provider that waits for them, a port, and patience.
 *
 * @module
 */

import { insertAt } from "../../lib/simulate/transform_script.ts";
import { type Provider, startProvider } from "../../lib/simulate/provider.ts";
import { gate } from "../../lib/simulate/script.ts";
import { ANSWER, say } from "./say.ts";

/** A provider whose first answer waits at the gate `rest` in the middle of its text. */
export function gated(): Promise<Provider> {
  return startProvider({
    script: (request, n) => {
      const script = say(request, ANSWER);
      return n === 1 ? insertAt(script, "mid-text", [gate("rest")]) : script;
    },
  });
}

/** What ends a wait for what never comes; far longer than a busy machine takes. */
const HANG_MS = 120_000;

/** Waits until something holds, looking every 20 ms or as often as said. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  every = 20,
): Promise<void> {
  const late = performance.now() + HANG_MS;
  while (!await condition()) {
    if (performance.now() > late) throw new Error(`It never came to ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
