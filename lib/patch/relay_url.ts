/**
 * The relay URL, which `init` writes. It holds the URL that it replaces, so a revert is possible without a manifest.
 *
 * `https://api.example.com/v1` becomes `http://127.0.0.1:8411/r/https/api.example.com/v1`. The way back restores every
 * byte except slashes at the end.
 *
 * @module
 */

import { shownUrl as maskedUrl } from "../base/secrets/sources.ts";
import { displayLine } from "../base/display.ts";

const RELAY = /^http:\/\/127\.0\.0\.1:(\d{1,5})\/r\/(https?)\/([^/?#]+)(\/[^?#]*)?$/;

/** The parts of a relay URL. */
interface Relay {
  /** The sidecar's port. */
  readonly port: number;
  /** The URL that it replaces: `https://api.example.com/v1`. */
  readonly url: string;
  /** `api.example.com`, `127.0.0.1:11434`. */
  readonly host: string;
  /** The origin that the relay must be allowed to reach: `https://api.example.com`. */
  readonly origin: string;
}

/**
 * The relay URL of `url`; an existing relay URL gets the new `port`.
 *
 * @returns `undefined` where no relay can replace it: no http(s) URL, or one with user, query or fragment
 */
export function toRelay(url: string, port: number): string | undefined {
  const original = fromRelay(url)?.url ?? url.trim();
  const parts = /^(https?):\/\/([^/?#@\s]+)(\/[^?#\s]*)?$/i.exec(original);
  if (!parts || !URL.canParse(original)) return undefined;
  const [, scheme = "", host = "", path = ""] = parts;
  return `http://127.0.0.1:${port}/r/${scheme.toLowerCase()}/${host}${path.replace(/\/+$/, "")}`;
}

/** A URL for messages, without keys: some gateways have the key in their path. */
export function displayUrl(url: string): string {
  return displayLine(maskedUrl(url));
}

/** Parses a relay URL; `undefined` for any other URL. */
export function fromRelay(url: string): Relay | undefined {
  const parts = RELAY.exec(url);
  if (!parts) return undefined;
  const [, port = "", scheme = "", host = "", path = ""] = parts;
  const origin = `${scheme}://${host}`;
  return { port: Number(port), url: `${origin}${path}`, host, origin };
}
