/**
 * A small web on loopback: a search engine in the form of SearXNG, and a site whose pages it finds.
 *
 * @module
 */

import type { AppDeps } from "../../../lib/proxy/app.ts";

/** The web, and what it was asked. */
export interface FakeWeb {
  /** Its base, for `search.url`. */
  readonly engine: string;
  /** The base of its pages, under a name that only {@link web} resolves: `http://site.example:PORT`. */
  readonly site: string;
  /** Lets the sidecar fetch its pages, and nothing else. */
  readonly web: NonNullable<AppDeps["web"]>;
  /** The queries, in order. */
  readonly queries: string[];
  /** The paths of the pages that were fetched. */
  readonly fetched: string[];
  /** All requests' headers as text, to look for what must not be there. */
  readonly headers: string[];
  stop(): Promise<void>;
}

/** A page of the site. */
export type FakePage = (request: Request) => Response | Promise<Response>;

const HTML = { "content-type": "text/html; charset=utf-8" };

/** Starts one. @param pages by path; two that are found by every search are there already */
export function startFakeWeb(pages: Readonly<Record<string, FakePage>> = {}): FakeWeb {
  const queries: string[] = [];
  const fetched: string[] = [];
  const headers: string[] = [];
  const all: Record<string, FakePage> = {
    "/capital": () =>
      new Response(
        `<html><head><title>Denmark</title></head><body><nav><a href="/nav">Menu</a></nav><main><h1>Denmark</h1>
        <p>The capital is <a href="/copenhagen">Copenhagen</a>, a city of 660,000.</p></main></body></html>`,
        { headers: HTML },
      ),
    "/copenhagen": () =>
      new Response("<title>Copenhagen</title><p>Founded in 1167.</p>", { headers: HTML }),
    ...pages,
  };
  const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
  const answer = (request: Request): Response | Promise<Response> => {
    const url = new URL(request.url);
    const { port } = url;
    headers.push(JSON.stringify([...request.headers]));
    if (url.pathname === "/search") {
      queries.push(url.searchParams.get("q") ?? "");
      return Response.json({
        results: [
          {
            url: `http://site.example:${port}/capital`,
            title: "Denmark",
            content: "A Nordic country",
          },
          {
            url: `http://site.example:${port}/copenhagen`,
            title: "Copenhagen",
            content: "A city",
          },
        ],
      });
    }
    fetched.push(url.pathname);
    return all[url.pathname]?.(request) ?? new Response("no", { status: 404 });
  };
  const server = Deno.serve(options, answer);
  const { port } = server.addr;
  return {
    engine: `http://127.0.0.1:${port}`,
    site: `http://site.example:${port}`,
    web: {
      resolve: () => Promise.resolve(["127.0.0.1"]),
      reachable: {
        address: (address) => address === "127.0.0.1",
        name: (host) => host.endsWith(".example"),
        port: (asked) => asked === port,
      },
    },
    queries,
    fetched,
    headers,
    stop: () => server.shutdown(),
  };
}
