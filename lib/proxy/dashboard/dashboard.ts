/**
 * The dashboard's routes: the page at `/`, its data, its event stream, and the login where the sidecar wants a token.
 *
 * Its rule: it reads. Nothing here sends a request to a provider or changes a setting.
 *
 * @module
 */

import type { Hono } from "hono";
import type { Clock, Random } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { parseDuration } from "../../base/units.ts";
import type { WaitLanguage } from "../../base/wait/words.ts";
import type { UsageBy } from "../../observe/history/document.ts";
import type { HistoryView } from "../../observe/history/history.ts";
import { readBody } from "../inbound/body.ts";
import { carriesToken, isToken } from "../inbound/token.ts";
import { DashboardEvents } from "./events.ts";
import { dashboardPage, loginPage, type OwnPage } from "./page.ts";
import { Sessions } from "./session.ts";
import { pageLanguage } from "./words.ts";

/** What a program that is no browser reads at `/`. */
const PLAIN = "Codex Sidecar is running. Point base_url at /v1.\n";
/** The path that takes the token of the login form. */
const LOGIN_PATH = "/dashboard/login";
/** The most bytes of that form. */
const MAX_FORM = 4_096;
const FORM_TIMEOUT_MS = 10_000;
/** Attempts to log in that fail before all of them have to wait, and how long. */
const MOST_WRONG = 10;
const WRONG_MS = 60_000;
const USAGE_BY: readonly string[] = ["model", "upstream", "key", "user", "day"] satisfies UsageBy[];

/** The settings of {@link Dashboard}. */
export interface DashboardOptions {
  readonly history: HistoryView;
  readonly clock: Clock;
  readonly random: Random;
  /** `listen.token`. */
  readonly token: string | null;
  /** Where the documentation is, with a slash at its end. @default nobody knows */
  readonly docs?: string | null;
}

/** The dashboard of one app. */
export class Dashboard {
  readonly #options: DashboardOptions;
  readonly #sessions: Sessions;
  readonly #events: DashboardEvents;
  readonly #pages = new Map<WaitLanguage, OwnPage>();
  #wrong: number[] = [];
  #ended = false;

  constructor(options: DashboardOptions) {
    this.#options = options;
    this.#sessions = new Sessions(options.clock, options.random);
    this.#events = new DashboardEvents(options.history, options.clock);
  }

  readonly loginPath = LOGIN_PATH;

  /** Whether a request without the token may pass the guard: the login and its page, and what belongs to a session. */
  readonly admits = (request: Request): boolean => {
    if (this.#options.token === null) return false; // then pages are open on this machine and to nobody else
    const { pathname } = new URL(request.url);
    if (pathname === LOGIN_PATH) return request.method === "POST";
    if (request.method !== "GET") return false;
    if (pathname === "/") return wantsPage(request.headers);
    return pathname.startsWith("/dashboard/") && this.#sessions.has(request.headers);
  };

  /** Adds the routes. */
  addTo<E extends { Bindings: object }>(hono: Hono<E>): void {
    const { history } = this.#options;
    hono.get("/", (c) => wantsPage(c.req.raw.headers) ? this.#home(c.req.raw) : c.text(PLAIN));
    hono.post(LOGIN_PATH, (c) => this.#login(c.req.raw));
    hono.get("/dashboard/state", () => json(history.state()));
    hono.get("/dashboard/live", () => json(history.live()));
    hono.get("/dashboard/usage", (c) => json(this.#usage(c.req.query("since"), c.req.query("by"))));
    hono.get("/dashboard/events", () => {
      if (this.#ended) throw new Failure("shutting_down", "The sidecar is stopping");
      return this.#events.open();
    });
  }

  /** Ends the event streams: the sidecar stops. */
  end(): void {
    this.#ended = true;
    this.#events.end();
  }

  #home({ headers }: Request): Response {
    const { token, docs = null } = this.#options;
    const language = pageLanguage(headers);
    if (token !== null && !carriesToken(headers, token) && !this.#sessions.has(headers)) {
      return shown(loginPage(language, false), 401);
    }
    const page = this.#pages.get(language) ?? dashboardPage(language, docs);
    this.#pages.set(language, page);
    return shown(page, 200);
  }

  async #login(request: Request): Promise<Response> {
    const { token, clock } = this.#options;
    const home = { location: "/", "cache-control": "no-store" };
    if (token === null) return new Response(null, { status: 303, headers: home });
    const now = clock.now();
    this.#wrong = this.#wrong.filter((at) => now - at < WRONG_MS);
    if (this.#wrong.length >= MOST_WRONG) {
      throw new Failure("overloaded", "Too many wrong tokens came", { hint: "Wait a minute" });
    }
    const limits = { limit: MAX_FORM, clock, silence: FORM_TIMEOUT_MS };
    const form = new URLSearchParams(
      new TextDecoder().decode(await readBody(request, limits)),
    );
    if (!isToken(`Bearer ${form.get("token") ?? ""}`, token)) {
      this.#wrong.push(now);
      return shown(loginPage(pageLanguage(request.headers), true), 401);
    }
    const headers = { ...home, "set-cookie": this.#sessions.begin() };
    return new Response(null, { status: 303, headers });
  }

  #usage(since = "7d", by = "model") {
    const period = parseDuration(since);
    if (period === undefined || !USAGE_BY.includes(by)) {
      throw new Failure("bad_request", "since takes a duration, by one of model, upstream, day", {
        hint: "such as /dashboard/usage?since=7d&by=model",
      });
    }
    return this.#options.history.usage(this.#options.clock.wall() - period, by as UsageBy);
  }
}

/** Whether a browser asks for a page; `*\/*`, which programs send, asks for text. */
function wantsPage(headers: Headers): boolean {
  return /\btext\/html\b/i.test(headers.get("accept") ?? "");
}

function shown({ text, policy }: OwnPage, status: number): Response {
  return new Response(text, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "cache-control": "no-store",
      vary: "accept, accept-language, cookie",
    },
  });
}

function json(value: unknown): Response {
  return Response.json(value, { headers: { "cache-control": "no-store" } });
}
