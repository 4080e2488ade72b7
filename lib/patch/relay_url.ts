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

const PARTS = /^(https?):\/\/([^/?#@\s]+)(\/[^?#\s]*)?$/i;

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
 * @returns `undefined` where no relay can replace it; {@link relayFault} says why
 */
export function toRelay(url: string, port: number): string | undefined {
  const original = fromRelay(url)?.url ?? url.trim();
  const parts = PARTS.exec(original);
  if (!parts || relayFault(original) !== undefined) return undefined;
  const [, scheme = "", host = "", path = ""] = parts;
  return `http://127.0.0.1:${port}/r/${scheme.toLowerCase()}/${host}${path.replace(/\/+$/, "")}`;
}

/** Why no relay can replace a URL, to complete "its base_url …"; `undefined` where one can. */
export function relayFault(url: string): string | undefined {
  const text = fromRelay(url)?.url ?? url.trim();
  const parsed = URL.parse(text);
  if (!parsed || !/^https?:\/\//i.test(text)) return "is no http or https URL";
  if (parsed.username !== "" || parsed.password !== "" || /^\w+:\/\/[^/?#]*@/.test(text)) {
    return "holds a user name or a password, which belongs into a header";
  }
  if (text.includes("#")) return "has a fragment (#), which a request never carries";
  if (text.includes("?")) {
    return "has a query (?), to which Codex would add its path; write it as query_params";
  }
  const path = /^\w+:\/\/[^/]*(.*)$/s.exec(text)?.[1] ?? "";
  // Every client resolves them, so that the relay URL would lead to another host.
  if (/(?:^|[\\/])(?:\.|%2e){1,2}(?=[\\/]|$)/i.test(path)) {
    return "has . or .. in its path; write it without";
  }
  return PARTS.test(text) && !/\\/.test(text) ? undefined : "holds characters that no URL has";
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
