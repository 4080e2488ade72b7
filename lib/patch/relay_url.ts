/**
 * The URL that `init` writes: it holds the one it replaces, so that going back needs no memory.
 *
 * `https://api.example.com/v1` is `http://127.0.0.1:8411/r/https/api.example.com/v1`, and back, byte for byte but for
 * slashes at the end.
 *
 * @module
 */

import { shownUrl as maskedUrl } from "../base/secrets/sources.ts";
import { displayLine } from "../base/display.ts";

const RELAY = /^http:\/\/127\.0\.0\.1:(\d{1,5})\/r\/(https?)\/([^/?#]+)(\/[^?#]*)?$/;

/** Where a sidecar's `/r/` leads. */
interface Relay {
  /** The sidecar's port. */
  readonly port: number;
  /** The URL it stands for: `https://api.example.com/v1`. */
  readonly url: string;
  /** `api.example.com`, `127.0.0.1:11434`. */
  readonly host: string;
  /** `https://api.example.com`: what the relay must be allowed to reach. */
  readonly origin: string;
}

/**
 * The relay URL of `url`; one that is a relay already is moved to `port`.
 *
 * @returns `undefined` where a relay cannot stand for it: no http(s) URL, one with user, query or fragment
 */
export function toRelay(url: string, port: number): string | undefined {
  const original = fromRelay(url)?.url ?? url.trim();
  const parts = /^(https?):\/\/([^/?#@\s]+)(\/[^?#\s]*)?$/i.exec(original);
  if (!parts || !URL.canParse(original)) return undefined;
  const [, scheme = "", host = "", path = ""] = parts;
  return `http://127.0.0.1:${port}/r/${scheme.toLowerCase()}/${host}${path.replace(/\/+$/, "")}`;
}

/** A URL as the user sees it: some gateways have the key in their path. */
export function displayUrl(url: string): string {
  return displayLine(maskedUrl(url));
}

/** Reads a relay URL; `undefined` where it is none. */
export function fromRelay(url: string): Relay | undefined {
  const parts = RELAY.exec(url);
  if (!parts) return undefined;
  const [, port = "", scheme = "", host = "", path = ""] = parts;
  const origin = `${scheme}://${host}`;
  return { port: Number(port), url: `${origin}${path}`, host, origin };
}
