/**
 * Providers that play scripts without sockets, on whatever clock the test has: for hours that pass in a second.
 *
 * @module
 */

import { type Clock, sleep } from "../../../lib/base/clock.ts";
import { Failure } from "../../../lib/base/errors.ts";
import { isObject, type JsonObject, parseJson } from "../../../lib/base/json.ts";
import type { Script } from "../../../lib/simulate/script.ts";
import type { Client, Outgoing } from "../../../lib/upstream/transport/client.ts";

/** Longer than any deadline, in milliseconds. */
const FOR_EVER = 24 * 60 * 60_000;

/** A request as such a provider sees it. */
export interface Sent {
  readonly host: string;
  readonly headers: Headers;
  readonly json: JsonObject;
}

/** @param script what the provider does; `undefined`: it accepts no connection */
export function scriptClient(
  clock: Clock,
  script: (request: Sent) => Script | undefined,
): Client {
  return {
    close() {},
    async send(outgoing: Outgoing) {
      const { url, headers, body, signal, title } = outgoing;
      const text = body?.() ?? "";
      const json = parseJson(typeof text === "string" ? text : new TextDecoder().decode(text));
      const { host } = new URL(url);
      const steps = script({ host, headers, json: isObject(json) ? json : {} });
      if (!steps) throw new Failure("unreachable", `${title} accepts no connection`);
      outgoing.onConnected?.();
      let at = 0;
      let left = false;
      const wait = (ms: number) => sleep(clock, ms, signal);
      for (; steps[at]?.do !== "head"; at++) {
        const step = steps[at];
        if (!step) throw new Failure("broken_stream", `${title} closed the connection`);
        if (step.do === "wait") await wait(step.ms);
        if (step.do === "hang") await wait(FOR_EVER);
        if (step.do === "reset") {
          throw new Failure("broken_stream", `${title} broke the connection`);
        }
      }
      const head = steps[at++] as Extract<Script[number], { do: "head" }>;
      return {
        status: head.status,
        headers: new Headers(head.headers),
        body: {
          async read() {
            while (!left) {
              const step = steps[at++];
              if (!step || step.do === "eof") return undefined;
              if (step.do === "wait") await wait(step.ms);
              if (step.do === "hang") await wait(FOR_EVER);
              if (step.do === "reset" || step.do === "cut") {
                throw new Failure("broken_stream", `${title} broke the connection`);
              }
              if (step.do !== "send") continue;
              const { body } = step;
              return [typeof body === "string" ? new TextEncoder().encode(body) : body];
            }
            return undefined;
          },
          cancel() {
            left = true;
          },
        },
      };
    },
  };
}
