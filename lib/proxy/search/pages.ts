/**
 * Fetches a page of the public internet and reads its text.
 *
 * Its rules: the address is judged before each hop, and what its name resolves to is judged in the lookup whose result is
 * connected to, so that no second lookup can say something else. No key, cookie or header of the user goes along, and no
 * proxy is used, because a proxy would look the name up again.
 *
 * @module
 */

import { type Clock, yieldTurn } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { decodePage } from "../../web/charset.ts";
import { HtmlText, type PageText } from "../../web/html_text.ts";
import { notPublic, pageUrl, PUBLIC, type Reachable } from "../../web/page_url.ts";
import type { Client } from "../../upstream/transport/client.ts";
import { type Resolve, systemResolve } from "../../upstream/transport/dial.ts";
import { nodeClient } from "../../upstream/transport/node_client.ts";
import { sendLimited } from "./limited.ts";

/** A page as it was read. */
export interface Page {
  /** Where it was in the end. */
  readonly url: string;
  readonly title: string;
  readonly lines: readonly string[];
  /** Absolute addresses; empty for a link that leads nowhere a page can be. */
  readonly links: readonly string[];
  /** Characters in all. */
  readonly size: number;
}

/** Options of {@link Pages}. */
export interface PagesOptions {
  readonly clock: Clock;
  /** Reads an environment variable: certificate authorities; proxies are not used. */
  readonly env: (name: string) => string | undefined;
  /** Finds the addresses of a name. @default the system's resolver */
  readonly resolve?: Resolve;
  /** Where pages may be. @default the public internet */
  readonly reachable?: Reachable;
}

/** Most redirects that are followed. */
const MOST_HOPS = 5;
/** Milliseconds for one hop, its body included. */
const TIMEOUT = 20_000;
/** Bytes of a page that are read, decoded. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Characters that are tokenized before other work has its turn. */
const PIECE = 32 * 1024;
/** Longest line; a longer one becomes several. */
const MAX_LINE = 1_000;

const TEXTUAL =
  /^\s*(?:text\/|application\/(?:xhtml\+xml|xml|json|ld\+json|[\w.-]+\+(?:json|xml)|javascript|toml|yaml|x-yaml)|$)/i;

/** Reads pages. */
export class Pages {
  readonly #clock: Clock;
  readonly #reachable: Reachable;
  readonly #client: Client;

  constructor({ clock, env, resolve = systemResolve, reachable = PUBLIC }: PagesOptions) {
    this.#clock = clock;
    this.#reachable = reachable;
    this.#client = nodeClient({
      clock,
      env: (name) => /proxy/i.test(name) ? undefined : env(name),
      resolve: async (host) => {
        const addresses = await resolve(host);
        const inside = addresses.find((address) => !reachable.address(address));
        if (inside !== undefined) throw notPublic(host, inside);
        return addresses;
      },
    });
  }

  /** An address as a model wrote it, if it may be asked for. @throws {Failure} `refused` */
  url(text: string): string {
    return pageUrl(text, this.#reachable).href;
  }

  /** @throws {Failure} that says why the page cannot be read; the signal's reason */
  async open(address: string, signal: AbortSignal): Promise<Page> {
    let url = pageUrl(address, this.#reachable);
    for (let hop = 0; hop <= MOST_HOPS; hop++) {
      const { status, headers, bytes, cut } = await sendLimited(this.#client, {
        url: url.href,
        method: "GET",
        headers: new Headers({
          accept:
            "text/html, application/xhtml+xml, text/*;q=0.9, application/json;q=0.8, */*;q=0.1",
          "accept-encoding": "identity",
          "user-agent": "Mozilla/5.0 (compatible; codex-sidecar)",
        }),
        body: undefined,
        title: url.host,
        signal,
      }, { clock: this.#clock, timeout: TIMEOUT, maxBytes: MAX_BYTES });
      const location = status >= 300 && status < 400 ? headers.get("location") : null;
      if (location !== null && URL.canParse(location, url.href)) {
        url = pageUrl(new URL(location, url.href).href, this.#reachable);
        continue;
      }
      const kind = headers.get("content-type") ?? "";
      if (status < 200 || status > 299) throw unread(url, `it answered HTTP ${status}`);
      if (!TEXTUAL.test(kind)) {
        throw unread(url, `it is ${kind.split(";")[0]?.trim().slice(0, 80)}; only text is read`);
      }
      const read = await textOf(decodePage(bytes, kind), kind);
      return page(url.href, read, cut);
    }
    throw unread(url, `it was redirected more than ${MOST_HOPS} times`);
  }

  /** Closes its connections. */
  close(): void {
    this.#client.close();
  }
}

function unread({ host }: URL, why: string): Failure {
  return new Failure("refused", `The page at ${host} cannot be read: ${why}`);
}

async function textOf(text: string, kind: string): Promise<PageText> {
  const html = /html/i.test(kind) || (/^\s*$/.test(kind) && /^\s*<(?:!doctype|html)/i.test(text));
  if (!html) return { title: "", lines: text.split(/\r?\n/), links: [] };
  // Loaded with the first page: the proxy does without it
  const { Parser } = await import("htmlparser2");
  const reader = new HtmlText(Parser);
  for (let at = 0; at < text.length; at += PIECE) {
    reader.write(text.slice(at, at + PIECE));
    await yieldTurn();
  }
  return reader.end();
}

function page(url: string, { title, lines, links }: PageText, cut: boolean): Page {
  const pieces = lines.flatMap((line) => {
    const parts: string[] = [];
    for (let at = 0; at === 0 || at < line.length; at += MAX_LINE) {
      parts.push(line.slice(at, at + MAX_LINE));
    }
    return parts;
  });
  const end = cut ? ["[The page is longer; the rest was not read]"] : [];
  const absolute = links.map((link) => {
    const target = URL.canParse(link, url) ? new URL(link, url) : undefined;
    return target && /^https?:$/.test(target.protocol) ? target.href : "";
  });
  const size = pieces.reduce((sum, line) => sum + line.length, 0) +
    absolute.reduce((sum, link) => sum + link.length, 0);
  return { url, title: title.slice(0, 500), lines: [...pieces, ...end], links: absolute, size };
}
