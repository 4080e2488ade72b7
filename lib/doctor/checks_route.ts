/**
 * Checks of the route between Codex and the sidecar: who listens at each hop, which front proxies there are, and
 * whether a proxy of the environment takes the requests.
 *
 * @module
 */

import type { FrontProxy, Fronts } from "../base/front_proxies.ts";
import { shownUrl } from "../base/secrets/sources.ts";
import { showDuration } from "../base/units.ts";
import { MAX_TIMEOUTS, TIMEOUT_NAMES } from "../patch/cc_switch/timeouts.ts";
import { proxyOverLoopback } from "../patch/machine/environment.ts";
import { type Check, type CheckResult, fail, ok, warn } from "./check.ts";
import type { DoctorFacts } from "./facts.ts";
import { otherFact, otherHint } from "./who/messages.ts";
import { type Hop, loopbackPort, traceHops } from "./hops.ts";

/** How long Codex++ waits for a head (docs/facts/switchers.md §5.4). */
const PLUS_HEAD = 120_000;

/** In the order in which they are run. */
export const ROUTE_CHECKS: readonly Check<DoctorFacts>[] = [
  {
    name: "proxy variables",
    run({ codex: { baseUrl }, world: { context: { env } } }) {
      const caught = proxyOverLoopback(env);
      if (caught === undefined) return ok("none takes requests to this machine");
      const fact = `${caught} is set and NO_PROXY does not name 127.0.0.1`;
      const hint = "Set NO_PROXY=127.0.0.1,localhost where Codex is started";
      return baseUrl !== undefined && loopbackPort(baseUrl) !== undefined
        ? fail(`${fact}: Codex sends what is meant for the sidecar to that proxy`, hint)
        : warn(fact, hint);
    },
  },
  {
    name: "route",
    async run(facts) {
      const hops = await traceHops(facts);
      if (hops.length === 0) return undefined;
      return [...hops.map(hopResult), ...routeResults(hops, facts)];
    },
  },
  {
    name: "cc-switch",
    run({ ccSwitch, codex: { baseUrl }, fronts }) {
      if (ccSwitch === undefined) return undefined;
      if (ccSwitch instanceof Error) {
        return warn(ccSwitch.message, ccSwitch.facts.hint ?? "Quit it and try again");
      }
      const { takeover, failover, deadlines, proxied, provider } = ccSwitch;
      const who = `its provider for Codex is ${provider ?? "not known"}`;
      if (!takeover) return ok(`its own proxy is off for Codex, ${who}`);
      const short = TIMEOUT_NAMES.filter((name) => {
        const now = deadlines[name];
        return now !== undefined && now > 0 && now < MAX_TIMEOUTS[name];
      });
      const results: CheckResult[] = [];
      if (proxied) {
        results.push(fail(
          "its proxy sends everything through another proxy, requests to this machine too",
          "Turn off the global proxy in its settings, or its proxy for Codex",
        ));
      }
      if (failover && short.length > 0) {
        const list = short.map((name) => `${name} ${deadlines[name]} s`).join(", ");
        results.push(warn(
          `its proxy is in front with failover on, and cuts after ${list}`,
          "Turn failover off for Codex, or increase these; sidecar init does",
        ));
      }
      if (results.length > 0) return results;
      const limits = failover
        ? "failover on and long time limits"
        : "failover off, so its time limits do not apply";
      return baseUrl !== undefined && frontOf(baseUrl, fronts) !== "cc-switch"
        ? warn(
          `its proxy has taken Codex over, but Codex goes to ${
            shownUrl(baseUrl)
          }; it writes its own address back when it notices`,
          "Turn its proxy off for Codex, or choose the provider there again",
        )
        : ok(`its proxy is in front, ${limits}, ${who}`);
    },
  },
  {
    name: "Codex++",
    run({ codex: { baseUrl }, codexPlus, config, fronts }) {
      if (baseUrl === undefined || frontOf(baseUrl, fronts) !== "Codex++") return undefined;
      if (codexPlus?.protocol === "chatCompletions") {
        return warn(
          "it is in front and converts to Chat, which drops the heartbeats",
          "Choose the Responses protocol in its profile: the sidecar converts, and keeps the heartbeats",
        );
      }
      const grace = config instanceof Error ? 0 : config.headGrace;
      return grace < PLUS_HEAD ? ok("it is in front and passes events on") : fail(
        `it waits ${showDuration(PLUS_HEAD)} for a head, and the sidecar holds one back for ${
          showDuration(grace)
        }`,
        "Set head_grace: 45s",
      );
    },
  },
  {
    name: "drift",
    async run({ world }) {
      const places = await world.places();
      const drifted = places.filter(({ state }) => state === "drifted");
      if (drifted.length > 0) {
        return drifted.map(({ place, facts }) =>
          fail(
            `${place}: ${facts.join("; ")}`,
            "Run sidecar init again, or sidecar undo to stop patching it",
          )
        );
      }
      const patched = places.filter(({ state }) => state === "patched").map(({ place }) => place);
      return patched.length > 0
        ? ok(`${patched.join(", ")} unchanged since init`)
        : ok("init changed nothing here");
    },
  },
];

/** The front proxy at which a URL ends; `undefined` for any other URL. */
function frontOf(url: string, fronts: Fronts): FrontProxy | undefined {
  const port = loopbackPort(url);
  return port === undefined ? undefined : fronts.get(port);
}

function hopResult({ url, who, up, other, named }: Hop, at: number): CheckResult {
  const name = `hop ${at + 1}`;
  const { host } = new URL(url);
  if (who === "provider" && up) return { ...ok(`the provider at ${host}`), name };
  if (who === "provider") {
    return {
      ...fail(`the provider at ${host} does not listen`, "Start it; it is on this machine"),
      name,
    };
  }
  const address = `127.0.0.1:${loopbackPort(url)}`;
  if (other) {
    return { ...fail(otherFact(other, loopbackPort(url) ?? 0), otherHint(other)), name };
  }
  if (up && who !== "unknown") return { ...ok(`${who} answers at ${address}`), name };
  if (up && named !== undefined) {
    const fact = `${named} answers at ${address}, a proxy that the sidecar does not stand behind`;
    return { ...warn(fact, "Run sidecar init, which puts the sidecar in front of it"), name };
  }
  if (up) {
    return {
      ...warn(
        `something the doctor does not know listens at ${address}`,
        "Make sure that it passes events on as they come",
      ),
      name,
    };
  }
  const hints: Partial<Record<Hop["who"], string>> = {
    sidecar: "Start it: sidecar; or revert the changes: sidecar undo",
    "cc-switch": "Start cc-switch, or turn its proxy off for Codex",
    "Codex++": "Start Codex through Codex++, or choose another profile there",
  };
  return {
    ...fail(
      who === "nobody"
        ? `nobody listens at ${address}`
        : `${who} should listen at ${address}, and nobody does`,
      hints[who] ?? `Correct base_url, which is ${shownUrl(url)}`,
    ),
    name,
  };
}

/** What the route as a whole lacks. */
function routeResults(hops: readonly Hop[], { ccSwitch }: DoctorFacts): CheckResult[] {
  const last = hops.at(-1);
  if (hops.some(({ who }) => who === "sidecar") || last?.up === false) return [];
  if (last?.who === "cc-switch" || last?.who === "Codex++") {
    const why = ccSwitch instanceof Error ? `: ${ccSwitch.message}` : "";
    return [
      warn(
        `where ${last.who} leads is not known${why}`,
        "Check its settings: the sidecar belongs behind it",
      ),
    ];
  }
  return last?.who === "provider"
    ? [warn("Codex bypasses the sidecar", "Route it through: sidecar init")]
    : [];
}
