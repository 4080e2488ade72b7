/**
 * Which proxy for Codex answers on a port of this machine. Nothing secret is sent.
 *
 * @module
 */

import { get, type IncomingMessage } from "node:http";
import { readBounded } from "../../base/bounded_read.ts";
import { systemClock } from "../../base/clock.ts";
import { localProxyName, MAX_ANSWER } from "../../provider/rows/local_proxies.ts";

/** The longest that one answer may take, in milliseconds. */
const TIMEOUT_MS = 1_500;

/** Its name; `undefined` where none of the known ones answers. Never rejects. */
export function localProxyAt(port: number): Promise<string | undefined> {
  return localProxyName((path) => ask(port, path));
}

/** Not `fetch`, which would ask a proxy of the environment for 127.0.0.1. */
async function ask(port: number, path: string): Promise<string | undefined> {
  const request = get({ host: "127.0.0.1", port, path, agent: false });
  const late = Promise.withResolvers<undefined>();
  const cancel = systemClock.after(TIMEOUT_MS, () => late.resolve(undefined));
  const answer = async () => {
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      request.on("response", resolve).on("error", reject)
    );
    if (response.statusCode !== 200) return undefined;
    const { text, cut } = await readBounded(response, MAX_ANSWER);
    return cut ? undefined : text;
  };
  try {
    return await Promise.race([answer(), late.promise]);
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  } finally {
    cancel();
    request.on("error", () => {}); // of a connection that is left in the middle of an answer
    request.destroy();
  }
}
