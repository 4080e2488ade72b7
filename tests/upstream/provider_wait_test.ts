import assert from "node:assert/strict";
import { parseHttpDate } from "../../lib/upstream/http_date.ts";
import { providerWait } from "../../lib/upstream/provider_wait.ts";

/** 2026-09-10 12:00:00 UTC. */
const NOW = Date.UTC(2026, 8, 10, 12);
const IN_30_S = NOW / 1_000 + 30;

type Case = readonly [headers: Record<string, string>, wait: number | undefined];

const headers: readonly Case[] = [
  [{}, undefined],
  [{ "retry-after-ms": "1500" }, 1_500],
  [{ "retry-after-ms": "0" }, 0],
  [{ "retry-after-ms": "1500", "retry-after": "9" }, 1_500],
  [{ "retry-after-ms": "soon", "retry-after": "9" }, 9_000],
  [{ "retry-after": "0" }, 0],
  [{ "retry-after": "2.5" }, 2_500],
  [{ "retry-after": " 3 " }, 3_000],
  [{ "retry-after": "20s" }, 20_000],
  [{ "retry-after": "Thu, 10 Sep 2026 12:00:07 GMT" }, 7_000],
  [{ "retry-after": "Thursday, 10-Sep-26 12:00:07 GMT" }, 7_000],
  [{ "retry-after": "Thu Sep 10 12:00:07 2026" }, 7_000],
  [{ "retry-after": "Thu, 10 Sep 2026 11:00:00 GMT" }, 0],
  [{ "retry-after": "Fri, 11 Sep 2026 12:00:01 GMT" }, undefined],
  [{ "retry-after": "86400" }, 86_400_000],
  [{ "retry-after": "86401" }, undefined],
  [{ "retry-after": "-1" }, undefined],
  [{ "retry-after": "NaN" }, undefined],
  [{ "retry-after": "Infinity" }, undefined],
  [{ "retry-after": "1e9" }, undefined],
  [{ "retry-after": `${IN_30_S}` }, undefined],
  [{ "retry-after": "" }, undefined],
  // limits that are used up
  [{ "x-ratelimit-reset-requests": "1s" }, 1_000],
  [{ "x-ratelimit-reset-tokens": "6m0s" }, 360_000],
  [{ "x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "1m30.5s" }, 90_500],
  [{ "x-ratelimit-reset-requests": "250ms", "x-ratelimit-remaining-requests": "0" }, 250],
  [{ "x-ratelimit-reset-requests": "8h", "x-ratelimit-remaining-requests": "7" }, undefined],
  [{
    "x-ratelimit-reset-requests": "8h",
    "x-ratelimit-remaining-requests": "7",
    "x-ratelimit-reset-tokens": "12",
    "x-ratelimit-remaining-tokens": "0",
  }, 12_000],
  [{ "x-ratelimit-reset-requests": "tomorrow" }, undefined],
  [{ "x-ratelimit-reset-requests": "2d" }, undefined],
  [{ "x-ratelimit-reset": `${IN_30_S}` }, 30_000],
  [{ "x-ratelimit-reset": `${IN_30_S}000` }, 30_000],
  [{ "x-ratelimit-reset": `${IN_30_S - 60}` }, 0],
  [{ "x-ratelimit-reset": `${IN_30_S - 200_000}` }, undefined],
  [{ "x-ratelimit-reset": `${IN_30_S + 90_000}` }, undefined],
  [{ "x-ratelimit-reset": "2026-09-10T12:00:30Z" }, 30_000],
  [{
    "anthropic-ratelimit-requests-reset": "2026-09-10T12:00:20Z",
    "anthropic-ratelimit-requests-remaining": "0",
    "anthropic-ratelimit-tokens-reset": "2026-09-10T12:05:00Z",
    "anthropic-ratelimit-tokens-remaining": "80000",
  }, 20_000],
  [{ "x-ratelimit-reset": "45", "x-ratelimit-remaining": "0" }, 45_000],
  [{ "x-ratelimit-reset": "45", "x-ratelimit-remaining": "3" }, undefined],
  [{ "ratelimit-reset": "50", "ratelimit-remaining": "0" }, 50_000],
  [{ "retry-after": "1", "ratelimit-reset": "50" }, 1_000],
  [{ "x-ratelimit-reset": "-5", "ratelimit-reset": "50" }, 50_000],
];

for (const [given, wait] of headers) {
  Deno.test(`provider_wait: ${JSON.stringify(given)} is ${wait}`, () => {
    assert.equal(providerWait({ headers: new Headers(given), text: "", wallNow: NOW }), wait);
  });
}

const texts: readonly (readonly [string, number | undefined])[] = [
  ["Rate limit reached. Please try again in 2.5s. Visit the docs.", 2_500],
  ["try again in 1500ms", 1_500],
  ["Please try again in 3 seconds.", 3_000],
  ["Please try again in 1m20s", 80_000],
  ["Please try again in 7m12.34s.", 432_340],
  ["try again in 2 minutes", 120_000],
  ["Try again in 2h 16m", 8_160_000],
  ["please try again after 1 seconds", 1_000],
  ["Please retry after 5 seconds.", 5_000],
  ["Please retry in 53.4s.", 53_400],
  ["please wait 3s", 3_000],
  ["Too many tokens, please wait for 30 sec before trying again.", 30_000],
  ["请在 5 秒后重试", 5_000],
  ["请 2 分钟后再试", 120_000],
  ["请等待 10 秒", 10_000],
  ["500毫秒后重试", 500],
  ["try again in 0s", 0],
  ["You will regain access on 2026-09-10 at 18:00 UTC.", 6 * 3_600_000],
  ["Your quota resets at 2026-09-10T12:00:09.250Z", 9_000],
  ["Your quota resets on 2026-09-11 UTC", 12 * 3_600_000],
  ["Your quota resets on 2026-09-11", undefined],
  ["Your quota resets at 2026-13-41T12:00:00Z", undefined],
  ["try again later", undefined],
  ["try again in 3 months", undefined],
  ["try again in 48 hours", undefined],
  ["the build took 3 seconds", undefined],
  ["第 3 秒后的画面", undefined],
  ["wait until 12:00", undefined],
  ["", undefined],
];

for (const [text, wait] of texts) {
  Deno.test(`provider_wait: ${JSON.stringify(text)} says ${wait}`, () => {
    assert.equal(providerWait({ headers: new Headers(), text, wallNow: NOW }), wait);
  });
}

Deno.test("provider_wait: headers go before the message, the message before nothing", () => {
  const text = "try again in 9s";
  const wait = (given: Record<string, string>) =>
    providerWait({ headers: new Headers(given), text, wallNow: NOW });
  assert.equal(wait({ "retry-after": "2" }), 2_000);
  assert.equal(wait({ "x-ratelimit-reset": "4" }), 4_000);
  assert.equal(wait({ "retry-after": "never" }), 9_000);
});

const dates: readonly (readonly [string, number | undefined])[] = [
  ["Sun, 06 Nov 1994 08:49:37 GMT", Date.UTC(1994, 10, 6, 8, 49, 37)],
  ["Sunday, 06-Nov-94 08:49:37 GMT", Date.UTC(1994, 10, 6, 8, 49, 37)],
  ["Sun Nov  6 08:49:37 1994", Date.UTC(1994, 10, 6, 8, 49, 37)],
  ["Saturday, 06-Nov-27 08:49:37 GMT", Date.UTC(2027, 10, 6, 8, 49, 37)],
  ["Sun, 06 Foo 1994 08:49:37 GMT", undefined],
  ["Sun, 06 Nov 1994 08:49:37 CET", undefined],
  ["2026-09-10", undefined],
];

Deno.test("http_date: reads the three forms of RFC 9110 and nothing else", () => {
  assert.deepEqual(dates.map(([text]) => [text, parseHttpDate(text, NOW)]), dates);
});
