/**
 * The kind of `state`: in this process, in a Redis, or in a Redis whose address stands somewhere else.
 *
 * @module
 */

import * as v from "valibot";
import { parseRedisUrl } from "../../base/state/redis_url.ts";
import type { StateSource } from "../config.ts";
import type { Kind } from "../kinds.ts";

const OTHER_PLACE = /^(?:env:[A-Za-z_]\w*|file:[^\s].*)$/;

/** `memory`, `redis://…`, `rediss://…`, `env:NAME`, `file:PATH`; what was written is shown only where it is one word. */
export const stateKind: Kind<StateSource> = {
  takes:
    "memory, redis://host:port or rediss:// (with user:password@ and /database where needed), env:NAME or file:PATH for such a URL",
  schema: v.pipe(v.string(), v.check(isSource), v.transform(sourceOf)),
  fromText: (text) => text,
  secret: (written) => !/^\w{0,20}$/.test(written),
};

function isSource(written: string): boolean {
  return written === "memory" || OTHER_PLACE.test(written) || parseRedisUrl(written) !== undefined;
}

function sourceOf(written: string): StateSource {
  if (written === "memory") return { from: "memory" };
  if (!OTHER_PLACE.test(written)) return { from: "url", url: written };
  const [from, ...name] = written.split(":");
  return { from: from === "file" ? "file" : "env", name: name.join(":") };
}
