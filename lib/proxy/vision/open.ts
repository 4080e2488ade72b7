/**
 * Makes {@link Vision} of the settings: which upstream is asked, with which key.
 *
 * @module
 */

import type { Clock, Random } from "../../base/clock.ts";
import type { Config } from "../../config/config.ts";
import type { Call, Exchanged } from "../call.ts";
import { KEY_HEADERS, upstreamHeaders } from "../route/headers.ts";
import { refuseLogin } from "../route/login.ts";
import { type Route, routeTo } from "../route/route.ts";
import type { Router } from "../route/router.ts";
import type { Target } from "../route/target.ts";
import { WIRES } from "../wires/wires.ts";
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
  { config: { vision: { model }, listen: { token } }, clock, random, router, exchange }:
    VisionParts,
): Vision | undefined {
  if (model === null) return undefined;
  const name = model.slice(0, model.indexOf("/"));
  return new Vision({
    clock,
    model,
    ask(body, route, signal) {
      const target = router.target({ kind: "named", name, rest: "responses", query: "" });
      const headers = headersFor(target, route, token);
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

/** The upstream's own key; the client's only where the client sent it there. */
function headersFor(target: Target, { target: asked, headers }: Route, token: string | null) {
  const from = new Headers({ "content-type": "application/json", accept: "text/event-stream" });
  const kept = asked.name === target.name ? ["user-agent", ...KEY_HEADERS] : ["user-agent"];
  for (const name of kept) {
    const value = headers.get(name);
    if (value !== null) from.set(name, value);
  }
  const { key, wire, profile: { takesLogin } } = target;
  const auth = key === undefined ? undefined : WIRES[wire].authHeaders(key);
  const own = upstreamHeaders(from, { token, auth, takesLogin });
  refuseLogin(own, target);
  return own;
}
