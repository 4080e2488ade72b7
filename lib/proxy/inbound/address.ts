/**
 * Reads the request's URL into one of the three forms of a destination. What cannot be read exactly is refused, never
 * corrected.
 *
 * It reads the raw text, because the path decides which host gets the user's key, and a path that is decoded twice gets
 * past such checks.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";

/** A destination as the client wrote it; `router.ts` resolves it to a target. */
export type Address =
  & {
    /** The path below the base, without a leading slash: `responses`, `models`, `files/abc`. */
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

/** The endings that mark where a relay's base stops. A path with another ending has the bare host as its base. */
const ENDING =
  /^(?:(.*)\/)?(responses|chat\/completions|messages|models|alpha\/search|images\/(?:generations|edits))$/;

/**
 * Reads the address of a request.
 *
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
    const full = plain(rest);
    const [, base = "", ending] = ENDING.exec(full) ?? [];
    const split = ending === undefined ? { path: "", rest: full } : { path: base, rest: ending };
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

/** The path of a URL, not decoded. */
function pathOf(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1] ?? "";
}

/** The failure for a path that the sidecar does not serve. */
export function nothingAt(path: string): Failure {
  return new Failure("no_route", `The sidecar has nothing at ${path.slice(0, 200)}`, {
    hint: "It serves /v1/…, /u/<upstream>/v1/…, /r/<scheme>/<host>/<path>/…, /healthz and /readyz",
  });
}

/** A refusal to relay, with the reason as the rest of a sentence. */
export function refused(reason: string, hint?: string): Failure {
  return new Failure("relay_refused", `The relay does not go there: the address ${reason}`, {
    ...(hint !== undefined && { hint }),
  });
}

/** Joins segments. Refuses one that leads out of the base, decoded or not. */
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
