/**
 * Reads the request's URL into the three ways of naming a destination. What cannot be read exactly is refused, not mended.
 *
 * It reads the raw text: the path decides which host gets the user's key, and decoding twice is how such checks fail.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";

/** A destination as the client wrote it. */
export type Address =
  & {
    /** What hangs below the base, without a leading slash: `responses`, `models`, `files/abc`. */
    readonly rest: string;
    /** Empty, or `?…` as it came. */
    readonly query: string;
  }
  & (
    /** `/v1/…` */
    | { readonly kind: "default" }
    /** `/u/<name>/v1/…` */
    | { readonly kind: "named"; readonly name: string }
    /** `/r/<scheme>/<host>/<path>/…`; `path` has no slash at either end. */
    | {
      readonly kind: "relay";
      readonly scheme: string;
      readonly host: string;
      readonly path: string;
    }
  );

/** The endings that tell where a relay's base stops. Anything else hangs below the bare host. */
const ENDING = /^(?:(.*)\/)?(responses|chat\/completions|messages|models)$/;

/**
 * @param url the request's URL as the server gives it, not normalised.
 * @throws Failure `no_route`, `bad_request`, `relay_refused`
 */
export function parseAddress(url: string): Address {
  const [, path = "", query = ""] = /^[a-z]+:\/\/[^/?#]*([^?#]*)(\?[^#]*)?/i.exec(url) ?? [];
  const [, first, ...more] = path.split("/");
  if (first === "v1") {
    return { kind: "default", rest: plain(more), query };
  }
  const [second = "", third, ...rest] = more;
  if (first === "u" && third === "v1") {
    return { kind: "named", name: decode(second), rest: plain(rest), query };
  }
  if (first === "r" && third) {
    if (/%2f/i.test(path)) throw refused("has an encoded slash in its path");
    const whole = plain(rest);
    const [, base = "", ending] = ENDING.exec(whole) ?? [];
    const split = ending === undefined ? { path: "", rest: whole } : { path: base, rest: ending };
    const host = decode(third);
    return { kind: "relay", scheme: second, host, ...split, path: trim(split.path), query };
  }
  throw nothingAt(path);
}

/** The path in front of an address's `rest`, without a slash at its end: `/v1`, `/u/acme/v1`. */
export function prefixOf(url: string, { rest }: Address): string {
  const path = pathOf(url);
  return path.slice(0, path.length - rest.length).replace(/\/+$/, "");
}

/** The path of a URL as it came. */
function pathOf(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1] ?? "";
}

/** The answer to a path that leads nowhere. */
export function nothingAt(path: string): Failure {
  return new Failure("no_route", `The sidecar has nothing at ${path.slice(0, 200)}`, {
    hint: "It serves /v1/…, /u/<upstream>/v1/…, /r/<scheme>/<host>/<path>/… and /healthz",
  });
}

/** A refusal to relay, with the reason as the rest of a sentence. */
export function refused(reason: string, hint?: string): Failure {
  return new Failure("relay_refused", `The relay does not go there: the address ${reason}`, {
    ...(hint !== undefined && { hint }),
  });
}

/** Joins segments again, unless one of them would climb out of the base, in whatever disguise. */
function plain(segments: readonly string[]): string {
  for (const segment of segments) {
    const text = decode(segment);
    // deno-lint-ignore no-control-regex
    if (!/[\\\x00-\x1f\x7f]/.test(text) && !/(?:^|\/)\.\.?(?:\/|$)/.test(text)) continue;
    throw new Failure("bad_request", "The path has a dot segment, a backslash or a control in it");
  }
  return trim(segments.join("/"));
}

function trim(path: string): string {
  return path.replace(/^\/+/, "");
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new Failure("bad_request", "The path has a broken percent-encoding in it", { cause });
  }
}
