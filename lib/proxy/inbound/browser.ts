/**
 * What a web browser may do with the sidecar's origin: show the sidecar's own pages, and nothing else.
 *
 * A provider's answer is untrusted text under `http://127.0.0.1:8411`. A browser that opened it as a page, a script or a
 * worker would run it with the rights of the dashboard and of the configured keys. So a browser gets nothing that is
 * proxied. In case one gets it all the same, every answer carries headers that forbid to run it. Sources: Fetch Metadata
 * Request Headers (W3C), CSP3 (`sandbox`), the Fetch standard (CORP), Service Workers (the request header
 * `Service-Worker`).
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";

/** Whether a request's path leads to a provider. Hono's routes for them are these prefixes. */
export function isProxied(path: string): boolean {
  return /^\/(?:v1|u|r)(?:\/|$)/.test(path);
}

/** The headers of everything that leaves the sidecar. */
const ALL_ANSWERS: readonly (readonly [string, string])[] = [
  ["x-content-type-options", "nosniff"],
  // No other page may embed it, as image, script, frame or anything else
  ["cross-origin-resource-policy", "same-origin"],
  ["x-frame-options", "DENY"],
  ["referrer-policy", "no-referrer"],
];
/** An opaque origin without scripts, forms, plugins and popups, whatever it is shown as. */
const PROXIED_POLICY = "sandbox";
/** The sidecar's own answers load nothing; a page that needs more sets its own policy. */
const OWN_POLICY =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * Makes an answer harmless to a browser: adds the headers that forbid it to run, sniff, embed or keep anything.
 *
 * @param proxied whether the answer is a provider's; then no header it sent can weaken this
 */
export function disarm(response: Response, proxied: boolean): Response {
  const { headers } = response;
  for (const [name, value] of ALL_ANSWERS) headers.set(name, value);
  if (proxied) headers.set("content-security-policy", PROXIED_POLICY);
  else if (!headers.has("content-security-policy")) {
    headers.set("content-security-policy", OWN_POLICY);
  }
  return response;
}

/** Values of `Sec-Fetch-Site` of a request that no other page has caused: by our own page, or by no page. */
const OWN_SITES: ReadonlySet<string> = new Set(["same-origin", "none"]);
/** Values of `Sec-Fetch-Mode` that programs send too: Node's `fetch` sends `cors`, Electron's `no-cors`. */
const PROGRAM_MODES: ReadonlySet<string> = new Set(["cors", "no-cors", "same-origin"]);
/** Headers that only a browser sends, and only with requests that a program never makes. */
const BROWSER_ONLY = [
  "sec-fetch-user",
  "sec-fetch-storage-access",
  "service-worker",
  "service-worker-navigation-preload",
  "sec-purpose",
  "purpose",
  "upgrade-insecure-requests",
  "access-control-request-method",
  "access-control-request-private-network",
];

/**
 * Refuses requests that another page's code makes. The sidecar's own origin passes where the path is the sidecar's own.
 *
 * @param own the origin under which the sidecar was asked, `undefined` where it can have no page
 * @throws {Failure} `bad_origin`
 */
export function refusePages(method: string, headers: Headers, own: string | undefined): void {
  const origin = headers.get("origin");
  const site = value(headers, "sec-fetch-site");
  const preflight = origin !== null && method === "OPTIONS";
  if (
    (origin === null || origin === own) && !preflight &&
    (site === undefined || OWN_SITES.has(site))
  ) return;
  throw new Failure(
    "bad_origin",
    "The request comes from a web page, and none may use the sidecar",
  );
}

/**
 * Refuses every request of a browser to a provider, the sidecar's own page included: pages opened or framed, scripts,
 * images, workers, prefetches, calls of scripts. A value that is not known counts as a browser's.
 *
 * @throws {Failure} `bad_origin`
 */
export function refuseBrowsers(headers: Headers): void {
  const site = value(headers, "sec-fetch-site");
  const mode = value(headers, "sec-fetch-mode");
  const dest = value(headers, "sec-fetch-dest");
  if (
    !headers.has("origin") &&
    (site === undefined || site === "none") &&
    (mode === undefined || PROGRAM_MODES.has(mode)) &&
    (dest === undefined || dest === "empty") &&
    !BROWSER_ONLY.some((name) => headers.has(name))
  ) return;
  throw new Failure(
    "bad_origin",
    "The request comes from a web browser, and no browser may ask a provider through the sidecar",
    { hint: "Use a program such as Codex or curl" },
  );
}

function value(headers: Headers, name: string): string | undefined {
  return headers.get(name)?.trim().toLowerCase();
}
