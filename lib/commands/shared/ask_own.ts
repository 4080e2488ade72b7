/**
 * Asks this user's running sidecar for what its dashboard shows. Call it only where the sidecar has proved whose it is: the
 * token of the settings goes with the question.
 *
 * @module
 */

import * as v from "valibot";
import { fetchBounded } from "../../base/bounded_read.ts";
import { Failure } from "../../base/errors.ts";
import { isLoopback } from "../../base/loopback.ts";
import { parseJson } from "../../base/json.ts";
import { loadConfig } from "../../config/load.ts";
import { bypassProxyForLoopback } from "./loopback.ts";
import { type Machine, textsOf } from "./this_machine.ts";

/** Asks for a path below `/dashboard/`; resolves with the JSON of the answer. @throws {Failure} where there is none */
export type AskOwn = (port: number, path: string) => Promise<unknown>;

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 8 * 1024 * 1024;

/** Asks over the loopback, with `listen.token` of the settings where they have one. */
export function askOwn(machine: Pick<Machine, "env" | "system" | "disk" | "clock">): AskOwn {
  return async (port, path) => {
    const { env, system, clock } = machine;
    const { listen: { host, token }, users } = await loadConfig({
      env,
      system,
      flags: {},
      readFile: textsOf(machine),
    });
    if (token === null && users && users.size > 0 && !isLoopback(host)) {
      throw new Failure("bad_answer", "A team's gateway shows its pages to its operator alone", {
        hint: "Set listen.token",
      });
    }
    bypassProxyForLoopback();
    const url = `http://127.0.0.1:${port}/dashboard/${path}`;
    const headers: Record<string, string> = token === null ? {} : { "x-sidecar-token": token };
    const bounds = { maxBytes: MAX_BYTES, timeout: TIMEOUT_MS, clock };
    const answer = await fetchBounded(url, headers, bounds);
    if (answer.status === 200 && !answer.cut) return parseJson(answer.text);
    throw new Failure("bad_answer", `The sidecar on port ${port} answered ${answer.status}`, {
      hint: answer.status === 404
        ? "It is an older version without a dashboard; restart it"
        : answer.status === 401
        ? "It was started with another listen.token than config.yaml has"
        : "Restart it",
    });
  };
}

/** A document of the dashboard. @throws {Failure} `bad_answer` where it has another shape */
export function checked<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw new Failure("bad_answer", "The running sidecar is of another version than this command", {
    hint: "Restart the sidecar",
  });
}
