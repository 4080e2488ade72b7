/**
 * Makes {@link Vision} of the settings: which upstream is asked, with which key.
 *
 * @module
 */

import type { Clock, Random } from "../../base/clock.ts";
import type { Config } from "../../config/config.ts";
import type { Call, Exchanged } from "../call.ts";
import { aim } from "../route/aim.ts";
import { KEY_HEADERS } from "../route/headers.ts";
import { type Route, routeTo } from "../route/route.ts";
import type { Router } from "../route/router.ts";
import { Vision } from "./vision.ts";

/** The parts of an app that descriptions need. */
interface VisionParts {
  readonly config: Pick<Config, "vision" | "listen">;
  readonly clock: Clock;
  readonly random: Random;
  readonly router: Router;
  /** Runs an exchange that describes no images itself. */
  readonly exchange: (call: Call) => Promise<Exchanged>;
}

/** What describes images; `undefined` where `vision.model` names nobody. */
export function openVision(
  { config, clock, random, router, exchange }: VisionParts,
): Vision | undefined {
  const { vision: { model }, listen: { token } } = config;
  if (model === null) return undefined;
  const name = model.slice(0, model.indexOf("/"));
  return new Vision({
    clock,
    model,
    ask(body, route, signal) {
      const address = { kind: "named", name, rest: "responses", query: "" } as const;
      const { target, headers } = aim(address, headersFor(name, route), { router, config });
      return exchange({
        id: random.id(),
        routes: [routeTo(target, headers, () => clock.wall(), { token })],
        body,
        query: "",
        codex: false,
        complete: true,
        helper: "vision",
        sees: true,
        signal,
      });
    },
  });
}

/** The client's headers for that upstream: who asks, and the client's key only where it was sent there. */
function headersFor(name: string, { target, headers }: Route): Headers {
  const from = new Headers({ "content-type": "application/json", accept: "text/event-stream" });
  const kept = target.name === name ? ["user-agent", ...KEY_HEADERS] : ["user-agent"];
  for (const header of kept) {
    const value = headers.get(header);
    if (value !== null) from.set(header, value);
  }
  return from;
}
