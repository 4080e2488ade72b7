/**
 * Checks of the sidecar itself: its version, settings, keys and port.
 *
 * @module
 */

import { showDuration } from "../base/units.ts";
import { readKeys } from "../config/keys/upstream_keys.ts";
import { shortPath } from "../patch/folders.ts";
import { manifestFile, readMemory } from "../patch/state/manifest.ts";
import { type Check, fail, ok, warn } from "./check.ts";
import { isOther, otherFact, otherHint } from "./who/messages.ts";
import type { DoctorFacts } from "./facts.ts";

/** In the order in which they are run. */
export const SELF_CHECKS: readonly Check<DoctorFacts>[] = [
  {
    name: "sidecar",
    async run({ world: { version, settingsFile, context } }) {
      const { system, env, stateDir, disk } = context;
      const short = (path: string) => shortPath(system, env, path);
      const there = settingsFile !== undefined && await disk.stat(settingsFile);
      const file = settingsFile === undefined
        ? "no settings file"
        : `settings ${short(settingsFile)}${there ? "" : " (not there: defaults are used)"}`;
      return ok(`version ${version} on ${system}, ${file}, state ${short(stateDir)}`);
    },
  },
  {
    name: "settings",
    run({ config }) {
      if (config instanceof Error) {
        return fail(
          config.message,
          config.facts.hint ?? "Correct the lines; the sidecar does not start until then",
        );
      }
      const names = [...config.upstreams.keys()];
      return ok(
        names.length === 0
          ? "valid, no upstreams of their own: known providers are reached through /r/"
          : `valid, upstreams ${names.join(", ")}`,
      );
    },
  },
  {
    name: "list of changes",
    async run({ world: { context: { system, stateDir, disk } } }) {
      const { trouble, newer, shared } = await readMemory(disk, manifestFile(system, stateDir));
      if (!trouble) return undefined;
      const { message, facts: { hint = "" } } = trouble;
      return newer || shared ? fail(message, hint) : warn(message, hint);
    },
  },
  {
    name: "heartbeat",
    run({ config }) {
      if (config instanceof Error) return undefined;
      const { heartbeat: { interval }, headGrace } = config;
      const fact = `a heartbeat every ${showDuration(interval)}, the head after ${
        showDuration(headGrace)
      } at the latest`;
      return interval <= 30_000 ? ok(fact) : warn(
        fact,
        "Set heartbeat.interval to 10s: proxies in between may give up after half a minute of silence",
      );
    },
  },
  {
    name: "keys",
    run({ config, world: { context: { env } } }) {
      if (config instanceof Error) return undefined;
      return [...config.upstreams].flatMap(([name, upstream]) => {
        const keys = readKeys(upstream, (variable) => env[variable]);
        const some = keys.some(({ fault }) => fault === undefined);
        const so = some ? "that key of the pool is not used" : `requests to ${name} are refused`;
        return keys.flatMap(({ cure, fault, unset }) =>
          fault === undefined ? [] : [{
            ...(unset ? warn : fail)(
              `${
                fault.replace(/^environment variable /, "").replace(/ not set$/, "$& here")
              }, so ${so}`,
              `${cure}, or remove it from upstreams.${name}.api_key`,
            ),
            name: `key ${name}`,
          }]
        );
      });
    },
  },
  {
    name: "port",
    async run({ port, world }) {
      const who = await world.who(port);
      if (who.is === "sidecar") {
        return who.version === world.version
          ? ok(`your sidecar ${who.version} answers on 127.0.0.1:${port}`)
          : warn(
            `your sidecar on 127.0.0.1:${port} is ${who.version}, this one is ${world.version}`,
            "Stop it and start the new one",
          );
      }
      if (isOther(who)) return fail(otherFact(who, port), otherHint(who));
      return warn(`127.0.0.1:${port} is free: no sidecar runs`, "Start it: sidecar");
    },
  },
];
