import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as v from "valibot";
import type { UserConfig } from "../../../lib/config/config.ts";
import { liveSchema, stateSchema, usageSchema } from "../../../lib/observe/history/document.ts";
import { openHistory } from "../../../lib/observe/history/history.ts";
import { DashboardEvents } from "../../../lib/proxy/dashboard/events.ts";
import { withKeys } from "../../../lib/proxy/dashboard/with_keys.ts";
import { loginPage } from "../../../lib/proxy/dashboard/page.ts";
import { pageLanguage } from "../../../lib/proxy/dashboard/words.ts";
import { errorOf, testApp } from "../../helpers/proxy/app.ts";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";

const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const USER: UserConfig = { token: { from: "env", name: "ANN" }, models: [] };
const TOKEN = "a-long-and-random-token";

function app(token: string | null = null, host = "127.0.0.1") {
  const clock = new FakeClock();
  const history = openHistory({ clock, version: "1.2.3" });
  return {
    history,
    clock,
    ...testApp({ listen: { host, port: 8411, token } }, { history, clock }),
  };
}

Deno.test("dashboard: a browser gets the page, everything else the line of text", async () => {
  const { ask } = app();
  for (const headers of [{}, { accept: "*/*" }, { accept: "application/json" }]) {
    const answer = await ask("/", { headers });
    assert.equal(await answer.text(), "Codex Sidecar is running. Point base_url at /v1.\n");
  }
  const page = await ask("/", { headers: BROWSER });
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
  const text = await page.text();
  assert.ok(text.startsWith("<!doctype html>"));
  assert.ok(text.length < 150_000, String(text.length));
});

Deno.test("dashboard: the policy permits what stands in the page, by its hash, and nothing else", async () => {
  const { ask } = app();
  for (const language of ["en", "zh-CN,zh;q=0.9"]) {
    const answer = await ask("/", { headers: { ...BROWSER, "accept-language": language } });
    const policy = answer.headers.get("content-security-policy") ?? "";
    const text = await answer.text();
    for (
      const part of [
        "default-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "connect-src 'self'",
        "form-action 'none'",
      ]
    ) assert.ok(policy.split("; ").includes(part), part);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    assert.equal(answer.headers.get("x-frame-options"), "DENY");
    const inside = [...text.matchAll(/<(script|style)>([\s\S]*?)<\/\1>/g)];
    assert.equal(inside.length, 3);
    for (const [, , code = ""] of inside) {
      const hash = createHash("sha256").update(code).digest("base64");
      assert.ok(policy.includes(`'sha256-${hash}'`));
    }
    const markup = text.replaceAll(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, "");
    assert.doesNotMatch(markup, /\son\w+=|\sstyle=|src=|@import/);
    assert.equal(/<html lang="zh-CN">/.test(text), language !== "en");
  }
  const { policy } = loginPage("en", false);
  assert.match(policy, /form-action 'self'/);
  assert.doesNotMatch(policy, /script-src|unsafe/);
});

Deno.test("dashboard: its data have their shapes", async () => {
  const { ask } = app();
  const get = async (path: string) => (await ask(path)).json();
  v.parse(stateSchema, await get("/dashboard/state"));
  v.parse(liveSchema, await get("/dashboard/live"));
  v.parse(usageSchema, await get("/dashboard/usage?since=24h&by=day"));
  for (const query of ["?since=soon", "?by=colour"]) {
    assert.equal((await errorOf(await ask(`/dashboard/usage${query}`))).code, "bad_request");
  }
  assert.equal((await ask("/dashboard/elsewhere")).status, 404);
});

Deno.test("dashboard: only its own page may read it", async () => {
  const { ask } = app();
  for (const path of ["/", "/dashboard/state", "/dashboard/events", "/dashboard/usage"]) {
    for (
      const headers of [
        { origin: "https://evil.example" },
        { origin: "null" },
        { "sec-fetch-site": "cross-site" },
        { "sec-fetch-site": "same-site" },
        { host: "evil.example" },
      ]
    ) assert.equal((await ask(path, { headers: { ...BROWSER, ...headers } })).status, 403, path);
  }
});

Deno.test("dashboard: with a token nothing is read without it, and a login opens a session", async () => {
  const { ask, clock } = app(TOKEN);
  for (const path of ["/dashboard/state", "/dashboard/live", "/dashboard/events"]) {
    assert.equal((await errorOf(await ask(path, { headers: BROWSER }))).status, 401);
    const cookie = { cookie: "sidecar_session=guess" };
    assert.equal((await errorOf(await ask(path, { headers: cookie }))).status, 401);
  }
  assert.equal((await ask("/")).status, 401);
  const form = await ask("/", { headers: BROWSER });
  assert.equal(form.status, 401);
  assert.match(await form.text(), /type="password"/);
  const login = (token: string, headers = {}) =>
    ask("/dashboard/login", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      body: new URLSearchParams({ token }).toString(),
    });
  const wrong = await login("wrong");
  assert.deepEqual([wrong.status, wrong.headers.get("set-cookie")], [401, null]);
  assert.match(await wrong.text(), /not the token/);
  assert.equal((await login(TOKEN, { origin: "https://evil.example" })).status, 403);
  const right = await login(TOKEN, { origin: "http://127.0.0.1:8411" });
  assert.deepEqual([right.status, right.headers.get("location")], [303, "/"]);
  const cookie = right.headers.get("set-cookie") ?? "";
  assert.match(
    cookie,
    /^sidecar_session=[0-9a-f]{64}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
  );
  const session = { cookie: `other=1; ${cookie.split(";")[0]}` };
  const page = await ask("/", { headers: { ...BROWSER, ...session } });
  assert.equal(page.status, 200);
  await page.body?.cancel();
  assert.equal((await ask("/dashboard/state", { headers: session })).status, 200);
  // It opens nothing else
  for (const path of ["/metrics", "/v1/models", "/u/a/v1/models"]) {
    assert.equal((await errorOf(await ask(path, { headers: session }))).code, "bad_token", path);
  }
  assert.equal((await ask("/dashboard/state", { method: "POST", headers: session })).status, 401);
  await clock.advance(8 * 86_400_000);
  assert.equal((await ask("/dashboard/state", { headers: session })).status, 401);
});

Deno.test("dashboard: who guesses tokens has to wait", async () => {
  const { ask, clock } = app(TOKEN);
  const login = (token: string) =>
    ask("/dashboard/login", { method: "POST", body: new URLSearchParams({ token }).toString() });
  for (let at = 0; at < 10; at++) assert.equal((await login(`guess${at}`)).status, 401);
  assert.equal((await errorOf(await login(TOKEN))).code, "overloaded");
  await clock.advance(61_000);
  assert.equal((await login(TOKEN)).status, 303);
  const long = await login("x".repeat(5_000));
  assert.equal((await errorOf(long)).code, "body_too_large");
});

Deno.test("dashboard: beyond this machine, the login takes the page of the name that was used", async () => {
  const { ask } = app(TOKEN, "0.0.0.0");
  const login = (origin: string) =>
    ask("/dashboard/login", {
      method: "POST",
      headers: { host: "127.0.0.1:8411", origin },
      body: new URLSearchParams({ token: TOKEN }).toString(),
    });
  assert.equal((await login("http://127.0.0.1:8411")).status, 303);
  assert.equal((await login("http://evil.example")).status, 403);
});

Deno.test("dashboard: events tell what changed, beat in silence, and end with the sidecar", async () => {
  const clock = new FakeClock();
  const history = openHistory({ clock, version: "1" });
  const events = new DashboardEvents(history, clock);
  const reader = events.open().body?.getReader();
  const names: string[] = [];
  let over = false;
  const read = async () => {
    for (;;) {
      const { done, value } = await reader?.read() ?? { done: true };
      if (done) break;
      const [, name = "", data = ""] = /^event: (\w+)\ndata: (.*)\n\n$/.exec(
        new TextDecoder().decode(value),
      ) ?? [];
      JSON.parse(data);
      names.push(name);
    }
    over = true;
  };
  const reading = read();
  await clock.advance(30_000);
  assert.deepEqual(names.splice(0), ["state", "heartbeat", "heartbeat", "heartbeat"]);
  history.began?.({
    id: "a",
    target: { name: "sim", wire: "chat", profile: { name: "g" }, timeouts: {}, retry: {} },
    body: {},
    headers: new Headers(),
  });
  await clock.advance(3_000);
  assert.deepEqual(names.splice(0), ["live", "live", "live"]);
  history.finished({
    id: "a",
    upstream: "sim",
    model: "m",
    path: "/responses",
    status: 200,
    head: 1,
    firstContent: 1,
    longestSilence: 0,
    heartbeats: 0,
    replays: 0,
    attempts: 1,
    outcome: "completed",
    duration: 3_000,
  });
  await clock.advance(2_000);
  assert.deepEqual(names.splice(0), ["state"]);
  assert.equal(events.count, 1);
  events.end();
  await reading;
  assert.deepEqual([over, events.count, clock.armed], [true, 0, 0]);
});

Deno.test("dashboard: a page that leaves costs nothing more, and pages are bounded", async () => {
  const clock = new FakeClock();
  const events = new DashboardEvents(openHistory({ clock, version: "1" }), clock);
  const open = Array.from({ length: 16 }, () => events.open());
  assert.throws(() => events.open(), /open in 16 pages/);
  for (const answer of open) {
    const reader = answer.body?.getReader();
    await reader?.read();
    await reader?.cancel();
  }
  assert.deepEqual([events.count, clock.armed], [0, 0]);
});

Deno.test("dashboard: keys in trouble stand beside what runs, also where nothing else changes", async () => {
  const clock = new FakeClock();
  const history = openHistory({ clock, version: "1" });
  const trouble = [{ name: "a", says: { en: "upstream a: could not answer", zh: "上游 a" } }];
  let keys: typeof trouble = [];
  const view = withKeys(history, () => keys);
  assert.deepEqual(v.parse(stateSchema, view.state()).keys, []);
  const reader = new DashboardEvents(view, clock).open().body?.getReader();
  await reader?.read();
  keys = trouble;
  const next = reader?.read();
  await clock.advance(2_000);
  const text = new TextDecoder().decode((await next)?.value);
  assert.match(text, /^event: live\n/);
  assert.deepEqual(v.parse(liveSchema, JSON.parse(text.split("data: ")[1] ?? "")).keys, trouble);
  await reader?.cancel();
});

Deno.test("dashboard: in a team's gateway it is the operator's, and a user's token opens nothing of it", async () => {
  const users = new Map([["ann", USER]]);
  const clock = new FakeClock();
  const history = openHistory({ clock, version: "1" });
  for (const token of [TOKEN, null]) {
    const { ask } = testApp({
      listen: { host: "0.0.0.0", port: 8411, token },
      users: users as never,
    }, {
      history,
      clock,
      env: (name) => name === "ANN" ? "token-of-ann-1234" : undefined,
    });
    const ann = { authorization: "Bearer token-of-ann-1234" };
    for (const path of ["/dashboard/state", "/dashboard/events", "/dashboard/usage"]) {
      assert.equal((await errorOf(await ask(path, { headers: ann }))).code, "bad_token", path);
    }
    const page = await ask("/", { headers: { ...BROWSER, ...ann } });
    assert.equal(page.status, 401);
    assert.doesNotMatch(await page.text(), /id="words"/);
  }
});

for (
  const [header, language] of [
    ["zh-CN,zh;q=0.9,en;q=0.8", "zh"],
    ["en-US,en;q=0.9,zh;q=0.8", "en"],
    ["de-DE,zh;q=0.5", "zh"],
    ["fr", "en"],
    ["", "en"],
  ] as const
) {
  Deno.test(`dashboard: a browser that asks for ${header || "nothing"} reads ${language}`, () => {
    assert.equal(pageLanguage(new Headers({ "accept-language": header })), language);
  });
}
