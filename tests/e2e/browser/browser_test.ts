/**
 * The sidecar's origin in a real browser: a hostile provider behind it, a hostile page beside it, and a page of the
 * sidecar's own that was taken over. Nothing may run on its origin, spend its key, read its metrics or stay as a worker.
 *
 * Each attack is run against an open proxy too: there it succeeds, or it would prove nothing here.
 */

import assert from "node:assert/strict";
import { systemClock, systemRandom } from "../../../lib/base/clock.ts";
import { silent } from "../../../lib/observe/observer.ts";
import { startServer } from "../../../lib/proxy/server.ts";
import { upstream } from "../../helpers/proxy/app.ts";
import {
  type BrowserContext,
  browserProgram,
  type Page,
  type SharedBrowser,
  startBrowser,
  withoutBrowser,
} from "../../helpers/browser/browser.ts";
import { pool, type PoolCase } from "../../helpers/pool.ts";
import { sidecarConfig } from "../../helpers/program/sidecar.ts";
import { serve } from "../../helpers/peers/sockets.ts";
import {
  attack,
  attackerHome,
  FILES,
  type Home,
  type Hostile,
  hostileProvider,
  LAST,
} from "./hostile.ts";
import { until } from "../gated.ts";

/** Chromium's own guard of loopback is off: other browsers have none, and the sidecar must not need it. */
const FLAGS = [
  "--disable-features=LocalNetworkAccessChecks",
  // A hostile name server
  "--host-resolver-rules=MAP evil.test 127.0.0.1",
];
const METRICS = "sidecar_secret_metric 1\n";

/** What is attacked: its base, and what it was talked into. */
interface Victim extends AsyncDisposable {
  readonly url: string;
  readonly provider: Hostile;
  readonly home: Home;
}

function sidecar(): Victim {
  const home = attackerHome();
  const provider = hostileProvider(`http://127.0.0.1:${home.port}`);
  const base = `http://127.0.0.1:${provider.port}/v1`;
  const config = sidecarConfig(upstream(base), {
    upstreams: new Map([["a", upstream(base, { wire: "responses", apiKeyEnv: "KEY" })]]),
    relay: { hosts: [`127.0.0.1:${provider.port}`] },
  });
  const server = startServer(config, {
    clock: systemClock,
    random: systemRandom,
    observer: silent,
    env: (name) => name === "KEY" ? "sk-configured" : undefined,
    version: "0.0.0",
    metrics: { contentType: "text/plain", expose: () => Promise.resolve(METRICS) },
  });
  return victim(server.url, provider, home, () => server.abort());
}

/** A proxy that lets everything through, as it comes. */
function openProxy(): Victim {
  const home = attackerHome();
  const provider = hostileProvider(`http://127.0.0.1:${home.port}`);
  const server = serve(async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/metrics") return new Response(METRICS);
    const rest = /^\/(?:u\/a|r\/http\/[^/]+)\/v1\/(.*)$/.exec(pathname)?.[1];
    if (rest === undefined) return new Response("here");
    return await fetch(`http://127.0.0.1:${provider.port}/v1/${rest}`, {
      method: request.method,
      headers: { authorization: "Bearer sk-configured" },
      redirect: "manual",
      ...(request.method === "POST" && { body: await request.arrayBuffer() }),
    });
  });
  const stop = async () => await server[Symbol.asyncDispose]();
  return victim(`http://127.0.0.1:${server.port}`, provider, home, stop);
}

function victim(
  url: string,
  provider: Hostile,
  home: Home,
  stop: () => Promise<void>,
): Victim {
  return {
    url,
    provider,
    home,
    async [Symbol.asyncDispose]() {
      await stop();
      await provider[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

/** A page of the victim's own origin that has no policy, as one with a hole would be. */
async function ownPage(context: BrowserContext, { url }: Victim) {
  const page = await context.newPage();
  const address = `${url}/taken-over`;
  await page.route(
    address,
    (route) =>
      route.fulfill({ contentType: "text/html", body: "<!doctype html><title>own</title><body>" }),
  );
  await page.goto(address);
  return page;
}

async function workers(context: BrowserContext, victim: Victim): Promise<number> {
  const page = await ownPage(context, victim);
  const count = await page.evaluate(async () => {
    // deno-lint-ignore no-explicit-any -- the page's globals, which Deno's types do not know
    const { serviceWorker } = (globalThis as any).navigator;
    return (await serviceWorker.getRegistrations()).length;
  });
  await page.close();
  return count;
}

/** `/u/` and `/r/` of a victim. */
const bases = ({ url, provider }: Victim) => [
  `${url}/u/a/v1`,
  `${url}/r/http/127.0.0.1:${provider.port}/v1`,
];

/** Waits until a page asks for nothing more, or has asked for five seconds without an end. */
async function quiet(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle", { timeout: 5_000 }).catch(() => undefined);
}

/**
 * Opens every answer as a page, as a user does who follows a link or types it in.
 *
 * @param happened whether what is expected of a file has happened: its page stays open until then
 */
async function opened(
  context: BrowserContext,
  victim: Victim,
  { through = victim.url, happened = (_: string): boolean => true } = {},
) {
  const status = new Set<number>();
  const open = async (url: string) => {
    const page = await context.newPage();
    // One that is downloaded, or has no body, ends the navigation with an error
    const answer = await page.goto(url).catch(() => null);
    if (answer) status.add(answer.status());
    await quiet(page);
    await until(() => happened(url.slice(url.lastIndexOf("/") + 1)));
    await page.close();
  };
  // All at the first base, every second one at the other; the last one may leave a worker, which answers all that follows
  for (const [nth, one] of bases(victim).entries()) {
    const base = one.replace(victim.url, through);
    const files = FILES.filter((file, at) => file !== LAST && (nth === 0 || at % 2 === 1));
    await Promise.all(files.map((file) => open(`${base}/${file}`)));
    await open(`${base}/${LAST}`);
  }
  return [...status];
}

/** Attacks what stands below `aims` from a page at `from`; returns what it read, without what is the page's own. */
async function attacked(
  context: BrowserContext,
  victim: Victim,
  from: string,
  aims = bases(victim),
) {
  const page = await context.newPage();
  await page.goto(from);
  const got: string[] = [];
  for (const base of aims) {
    got.push(...await page.evaluate(attack, { base, own: victim.url, files: FILES }));
    // A popup of its own for each; the attacker may look at those of its own origin
    await page.evaluate(
      (url) => void (globalThis as unknown as Window).open?.(url),
      `${base}/page.html`,
    );
  }
  await quiet(page);
  await page.close();
  return got;
}

type Window = { open?(url: string): unknown };

/** What is attacked, and from where. */
const cases = (shared: SharedBrowser): PoolCase[] => [
  // Each at one base: who asks is looked at before what for, and the open proxy is attacked at both
  ...["127.0.0.1", "localhost"].map((from, at) => ({
    name: `a page of ${from} on another port reads nothing, spends nothing and leaves nothing`,
    async run() {
      await using browser = await shared.open();
      await using target = sidecar();
      const aims = bases(target).slice(at, at + 1);
      const home = `http://${from}:${target.home.port}/`;
      const got = await attacked(browser.context, target, home, aims);
      assert.deepEqual([got, target.provider.asked, target.home.told], [[], [], []]);
      assert.equal(await workers(browser.context, target), 0);
    },
  })),
  {
    name: `a name that a hostile name server leads here opens nothing`,
    async run() {
      await using browser = await shared.open();
      await using target = sidecar();
      const rebound = target.url.replace("127.0.0.1", "evil.test");
      const paths = ["/", "/metrics", "/healthz", "/u/a/v1/models"];
      const page = await browser.context.newPage();
      // The attacker's own page, loaded while the name still led to the attacker
      await page.route(
        `${rebound}/attack`,
        (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><body>" }),
      );
      await page.goto(`${rebound}/attack`);
      const seen = await page.evaluate(
        (paths) => Promise.all(paths.map((path) => fetch(path).then((answer) => answer.status))),
        paths,
      );
      for (const path of paths) seen.push((await page.goto(`${rebound}${path}`))?.status() ?? 0);
      assert.deepEqual(seen, Array(8).fill(403));
      assert.deepEqual(target.provider.asked, []);
    },
  },

  {
    name: `what a provider answers is never a page of the sidecar's`,
    async run() {
      await using browser = await shared.open();
      await using target = sidecar();
      assert.deepEqual(await opened(browser.context, target), [403]);
      assert.deepEqual([target.provider.asked, target.home.told], [[], []]);
    },
  },

  {
    name: `a page of the sidecar's own that was taken over reaches no provider`,
    async run() {
      await using browser = await shared.open();
      await using target = sidecar();
      const page = await ownPage(browser.context, target);
      const got: string[] = [];
      for (const base of bases(target)) {
        got.push(...await page.evaluate(attack, { base, own: target.url, files: FILES }));
      }
      await page.close();
      // Its own data are its own
      assert.ok(got.some((one) => one.startsWith(`fetch ${target.url}/metrics: sidecar_secret`)));
      const other = got.filter((one) => !/^fetch (no-cors )?\S+\/(metrics|healthz): /.test(one));
      assert.deepEqual([other, target.provider.asked, target.home.told], [[], [], []]);
      assert.equal(await workers(browser.context, target), 0);
    },
  },

  {
    name: `in one that does not say what it is, an answer opens and runs nothing`,
    async run() {
      await using browser = await shared.open();
      await using target = sidecar();
      // Takes off what gives a browser away, on an origin of its own
      await using old = serve(async (request) => {
        const { pathname } = new URL(request.url);
        return await fetch(`${target.url}${pathname}`, { redirect: "manual" });
      });
      const through = `http://127.0.0.1:${old.port}`;
      const status = await opened(browser.context, target, { through });
      assert.deepEqual(status.sort(), [200, 307]);
      assert.ok(target.provider.asked.length > 0);
      assert.deepEqual(target.home.told, []);
      assert.deepEqual(await browser.context.cookies(), []);
      assert.deepEqual(target.provider.asked.filter((one) => /spent|from-css/.test(one)), []);
    },
  },

  {
    name: `the same attacks succeed against a proxy that is open`,
    async run() {
      await using browser = await shared.open();
      await using target = openProxy();
      const { context } = browser;
      const { told } = target.home;
      const heard = (file: string, what: string) => told.includes(`${file} ${target.url} ${what}`);
      const ran = (file: string) => heard(file, "ran");
      const all = ["page.html", "models", "x.svg", "x.xml"];
      await opened(context, target, {
        happened: (file) => !all.includes(file) || heard(file, file === LAST ? "worker" : "ran"),
      });
      assert.deepEqual(all.filter((file) => !ran(file)), [], told.join("\n"));
      assert.ok(told.some((one) => one.includes("read sidecar_secret_metr")), told.join("\n"));
      assert.ok(told.some((one) => one.startsWith("/stolen")), told.join("\n"));
      assert.ok(target.provider.asked.includes("POST /v1/spent-by-script Bearer sk-configured"));
      assert.equal(await workers(context, target), 1);
      const before = target.provider.asked.length;
      const got = await attacked(context, target, `http://localhost:${target.home.port}/`);
      assert.ok(got.some((one) => one.startsWith("fetch ")), got.join("\n"));
      assert.ok(target.provider.asked.length > before + 50, String(target.provider.asked.length));
      assert.ok(target.provider.asked.some((one) => one.startsWith("POST /v1/responses Bearer")));
    },
  },
];

Deno.test({
  name:
    `browser: nothing of a hostile provider or page gets at the sidecar's origin${withoutBrowser}`,
  ignore: browserProgram === undefined,
  async fn(t) {
    await using browser = await startBrowser(FLAGS);
    await pool(t, cases(browser), 4);
  },
});
