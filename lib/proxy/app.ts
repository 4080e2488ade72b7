/**
 * The sidecar as one function from request to response: the guard, then its own pages or a proxied request.
 *
 * Everything that is thrown is turned into an answer in one place, {@link errorResponse}. No socket is opened here.
 *
 * @module
 */

import { Hono } from "hono";
import type { Clock, Random } from "../base/clock.ts";
import { asFailure, Failure } from "../base/errors.ts";
import type { Connection } from "../base/identity.ts";
import { waitLanguage } from "../base/wait/words.ts";
import type { Config } from "../config/config.ts";
import type { KeyHealth } from "../observe/key_health.ts";
import { sayKey } from "../base/wait/key_words.ts";
import type { HistoryView } from "../observe/history/history.ts";
import type { Observer } from "../observe/observer.ts";
import type { SharedState } from "../state/state.ts";
import type { StateHealth } from "../base/state/health.ts";
import type { Net } from "../upstream/attempt_call.ts";
import { modelFacts } from "../provider/catalog/facts.ts";
import { nothingAt } from "./inbound/address.ts";
import type { Caller } from "./inbound/users.ts";
import { disarm, isProxied } from "./inbound/browser.ts";
import { errorResponse } from "./error_response.ts";
import type { Call, Exchanged } from "./call.ts";
import { Dashboard } from "./dashboard/dashboard.ts";
import { withKeys } from "./dashboard/with_keys.ts";
import { exchange as runExchange } from "./exchange.ts";
import { healthFacts } from "./health/facts.ts";
import { HelperRequests } from "./helpers/helper_requests.ts";
import { Failover } from "./failover/failover.ts";
import { healthOf } from "./failover/health.ts";
import { guard, type Guarded } from "./inbound/guard.ts";
import { ModelLists } from "./endpoints/model_lists.ts";
import type { ReadInjected } from "./injection/injection.ts";
import { Learned } from "./route/learned/learned.ts";
import { LeftOutNotes } from "./attempt/left_out_notes.ts";
import { Live } from "./health/live.ts";
import { openNet } from "../upstream/net.ts";
import { RequestIds } from "./request_ids.ts";
import type { Route } from "./route/route.ts";
import { Router } from "./route/router.ts";
import { Pages, type PagesOptions } from "./search/pages.ts";
import { WebSearch } from "./search/search.ts";
import { openVision } from "./vision/open.ts";
import { isCodex, serve } from "./serve.ts";
import { openTeam } from "./team/team.ts";

/** The configuration and the outside world of an app. */
export interface AppDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: Observer;
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
  /** The sidecar's own version, for `/healthz`. */
  readonly version: string;
  /** Origins that `init` recorded, such as `https://api.example.com`; the list may grow. @default none */
  readonly recorded?: readonly string[];
  /** Upstreams outside the settings whose keys are injected for clients that show one of them. @default none */
  readonly injected?: ReadInjected;
  /** Clock and network client. @default the app's own, with a client that {@link App.close} closes */
  readonly net?: Net;
  /** What replicas share; the app does not close it. @default nothing is shared */
  readonly state?: SharedState | undefined;
  /** The content of `/metrics`. @default the path is not served */
  readonly metrics?: {
    readonly contentType: string;
    /**
     * @param live how many exchanges are running
     * @param keys how the keys of the upstreams are
     * @param state how what replicas share is; absent where nothing is shared
     */
    expose(live: number, keys: readonly KeyHealth[], state?: StateHealth): Promise<string>;
  };
  /** What the dashboard shows. @default there is no dashboard */
  readonly history?: HistoryView;
  /** Where the documentation is, with a slash at its end. @default nobody knows */
  readonly docs?: string | null;
  /** The secret that proves whose sidecar this is; `undefined` where none could be kept. @default there is none */
  readonly secret?: () => Promise<Uint8Array | undefined>;
  /** Where pages that a search names may be. @default the public internet */
  readonly web?: Pick<PagesOptions, "resolve" | "reachable">;
  /** Changes where a call goes, for the doctor's own request to this sidecar. @default the call stays as it is */
  readonly divert?: (call: Call) => Promise<Call>;
  /** Serves `POST responses`. @default the real one */
  readonly exchange?: (call: Call) => Promise<Exchanged>;
}

/** A running app: it answers requests and knows its exchanges. */
export interface App {
  /** Answers one request; never rejects. @param connection the connection it came on; without it `/healthz` proves nothing */
  fetch(request: Request, connection?: Connection): Promise<Response>;
  /** How many exchanges are running. */
  live(): number;
  /** The most requests that were with each key of an upstream at once, by the key's name in `/healthz`. */
  mostAtOnce(): ReadonlyMap<string, number>;
  /** From now on `/readyz` answers 503; everything else is served as before. */
  unready(): void;
  /** Resolves when no exchange is running. */
  drain(): Promise<void>;
  /** Ends all exchanges. Each sends its client the reason. */
  abort(reason: Failure): void;
  /** Closes the network client where it is the app's own. Call it when no exchange is running. */
  close(): void;
}

/** Makes the app. It listens nowhere: `server.ts` puts it on a socket. */
export function createApp(deps: AppDeps): App {
  const { config, random, env, version, metrics, state } = deps;
  const requestIds = new RequestIds();
  const named = { ...deps, observer: requestIds.named(deps.observer) };
  const { users, allowance, observer } = openTeam({ ...named, counters: state?.counters });
  const net = deps.net ?? openNet(deps.clock, env);
  const pages = new Pages({ clock: deps.clock, env, ...deps.web });
  const search = new WebSearch({ config: config.search, ...net, pages, env });
  const shared = {
    config,
    net,
    random,
    observer,
    search,
    learned: new Learned(),
    leftOut: new LeftOutNotes(observer),
    language: config.status.language === "auto"
      ? waitLanguage(env, navigator.language)
      : config.status.language,
  };
  const lists = new ModelLists(net);
  const router = new Router({
    config,
    env,
    recorded: deps.recorded ?? [],
    injected: deps.injected,
    listed: (name, model) => lists.has(name, model),
  });
  const { clock } = deps;
  const sees = ({ target, headers }: Route, model: string) =>
    modelFacts(target.profile, model, lists.known(target, headers, model)).images;
  const plain = (call: Call) => runExchange(call, shared);
  const vision = openVision({ config, clock, random, router, exchange: plain });
  const seeing = { ...shared, sees, ...vision && { vision } };
  const exchange = deps.exchange ??
    (async (call: Call) => runExchange(await deps.divert?.(call) ?? call, seeing));
  const live = new Live();
  const helpers = new HelperRequests(config, observer, lists);
  const failover = new Failover(config, { clock, router, state });
  const serving = {
    lists,
    config,
    clock,
    random,
    observer,
    net,
    router,
    live,
    requestIds,
    search,
    helpers,
    failover,
    injected: deps.injected,
    exchange,
    ...allowance && { allowance },
  };

  /** Answers with a refusal and logs it; nothing went upstream. */
  function refuse(failure: Failure, request: Request, caller: Caller = {}): Response {
    const response = errorResponse(failure, { codex: isCodex(request.headers) });
    const { code, fullMessage } = failure;
    observer.notice("warning", fullMessage, {
      code,
      status: response.status,
      method: request.method,
      ...caller,
    });
    return response;
  }

  let draining = false;
  const hono = new Hono<Guarded>();
  // It wraps every answer, refusals included
  hono.use(async (c, next) => {
    await next();
    disarm(c.res, isProxied(c.req.path));
    requestIds.nameAnswer(c.req.raw.headers, c.res.headers);
  });
  const { history, docs = null } = deps;
  const troubledKeys = () =>
    healthOf(failover.lanes.all, clock.now()).flatMap((key) => {
      const says = sayKey(key);
      return says ? [{ name: key.name, says }] : [];
    });
  const { token } = config.listen;
  const dashboard = history &&
    new Dashboard({ history: withKeys(history, troubledKeys), clock, random, token, docs });
  hono.use(guard(config.listen, users, dashboard));
  dashboard?.addTo(hono);
  hono.get("/healthz", async (c) => {
    const { secret } = deps;
    const facts = { version, live: live.count, lanes: failover.lanes.all, now: clock.now(), state };
    return c.json(await healthFacts(c.req.query("nonce"), c.env.connection, { ...facts, secret }));
  });
  hono.get("/readyz", (c) => {
    const facts = {
      status: draining ? "draining" : "ready",
      live: live.count,
      // Without what is shared it serves all the same
      ...state && { state: state.health.reachable ? "shared" : "its own" },
    };
    return c.json(facts, draining ? 503 : 200, { "cache-control": "no-store" });
  });
  hono.get("/", (c) => c.text("Codex Sidecar is running. Point base_url at /v1.\n"));
  if (metrics) {
    hono.get("/metrics", async () => {
      const headers = { "content-type": metrics.contentType, "cache-control": "no-store" };
      const keys = healthOf(failover.lanes.all, clock.now());
      return new Response(await metrics.expose(live.count, keys, state?.health), {
        headers,
      });
    });
  }
  for (const path of ["/v1/*", "/u/*", "/r/*"]) {
    hono.all(path, (c) => serve(c.req.raw, serving, c.get("caller")));
  }
  hono.notFound((c) => refuse(nothingAt(c.req.path), c.req.raw, c.get("caller")));
  hono.onError((error, c) => refuse(asFailure(error), c.req.raw, c.get("caller")));

  return {
    fetch: async (request, connection) =>
      await hono.fetch(request, { ...connection && { connection } }),
    live: () => live.count,
    mostAtOnce: () => new Map(failover.lanes.all.map(({ name, slots: { most } }) => [name, most])),
    unready: () => void (draining = true),
    drain: () => {
      dashboard?.end();
      return live.drained();
    },
    abort: (reason) => live.abort(reason),
    close: () => {
      pages.close();
      if (!deps.net) net.client.close();
    },
  };
}
