/**
 * Tells a host that cannot be reached from one that thinks for long before it answers.
 *
 * `fetch` has no connect timeout and does not say when it is connected. So when half the connect time has
 * passed without a response head, one extra connection is opened and closed at once: if that one hangs too,
 * the host is out of reach. Whatever else becomes of it (even a refusal) is an answer, and the head clock rules.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { Failure } from "../base/errors.ts";
import { showDuration } from "../base/units.ts";

/** Resolves when a connection (and, for https, its handshake) stood or was refused. */
export type Reach = (url: URL) => Promise<void>;

/** Options of {@link probeConnect}. */
export interface ProbeOptions {
  readonly clock: Clock;
  readonly url: URL;
  readonly title: string;
  /** Milliseconds until the host counts as out of reach. */
  readonly connect: number;
  readonly reach: Reach;
  readonly expire: (failure: Failure) => void;
}

/** Starts the watch; the returned function ends it, to be called when the head is there or the attempt is over. */
export function probeConnect(options: ProbeOptions): () => void {
  const { clock, url, title, connect } = options;
  let cancel = clock.after(connect / 2, () => {
    cancel = clock.after(connect / 2, () => {
      const words = `${title} could not be reached at ${url.host} within ${showDuration(connect)}`;
      options.expire(new Failure("connect_timeout", words));
    });
    const reached = () => cancel();
    options.reach(url).then(reached, reached);
  });
  return () => cancel();
}

/** The real thing. Behind a proxy the connection is the proxy's business, so there it always succeeds. */
export function reachByNet(proxied: (url: URL) => boolean): Reach {
  return async (url) => {
    if (proxied(url)) return;
    const secure = url.protocol === "https:";
    const port = Number(url.port) || (secure ? 443 : 80);
    const hostname = url.hostname.replace(/^\[|\]$/g, "");
    const connection = secure
      ? await Deno.connectTls({ hostname, port })
      : await Deno.connect({ hostname, port });
    try {
      if ("handshake" in connection) await connection.handshake();
    } finally {
      connection.close();
    }
  };
}
