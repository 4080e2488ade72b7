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

/** A port that nobody has at this moment. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Waits until something holds, for 20 s at most, or as long as said. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  ms = 20_000,
): Promise<void> {
  const late = performance.now() + ms;
  while (!await condition()) {
    if (performance.now() > late) throw new Error(`It never came to ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
