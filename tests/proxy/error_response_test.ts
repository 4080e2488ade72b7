import assert from "node:assert/strict";
import { Failure, type FailureCode } from "../../lib/base/errors.ts";
import { errorResponse } from "../../lib/proxy/error_response.ts";

/** code, what the upstream said, status for others, status for Codex */
const cases: [FailureCode, number | undefined, number, number][] = [
  ["bad_config", undefined, 400, 400],
  ["bad_host", undefined, 403, 403],
  ["bad_token", undefined, 401, 401],
  ["model_not_allowed", undefined, 403, 400],
  ["too_many_requests", undefined, 429, 503],
  ["budget_spent", undefined, 429, 400],
  ["login_token", undefined, 403, 403],
  ["body_too_large", undefined, 413, 413],
  ["bad_encoding", undefined, 415, 415],
  ["bad_request", undefined, 400, 400],
  ["no_route", undefined, 404, 404],
  ["upgrade_refused", undefined, 426, 426],
  ["unreachable", undefined, 502, 502],
  ["head_timeout", undefined, 504, 504],
  ["overloaded", 529, 503, 503],
  ["rate_limited", 429, 503, 503],
  ["refused", 401, 401, 400],
  ["refused", undefined, 400, 400],
  ["quota", 402, 402, 400],
  ["quota", 200, 400, 400],
  ["moderated", 451, 451, 400],
  ["context_overflow", 413, 413, 400],
  ["client_gone", undefined, 499, 499],
  ["shutting_down", undefined, 503, 503],
  ["internal", undefined, 500, 502],
];

for (const [code, upstreamStatus, others, codex] of cases) {
  Deno.test(`error response: ${code} after ${upstreamStatus} is ${others}, for Codex ${codex}`, () => {
    const failure = new Failure(code, "It failed", upstreamStatus ? { upstreamStatus } : {});
    const statuses = [false, true].map((codex) => errorResponse(failure, { codex }).status);
    assert.deepEqual(statuses, [others, codex]);
  });
}

Deno.test("error response: others read OpenAI's error object", async () => {
  const failure = new Failure("refused", "MiMo refused the key", { hint: "Check it" });
  const response = errorResponse(failure, { codex: false });
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.deepEqual(await response.json(), {
    error: {
      message: "MiMo refused the key. Check it",
      type: "invalid_request_error",
      code: "refused",
      param: null,
    },
  });
});

Deno.test("error response: Codex reads a 400 as plain text", async () => {
  const failure = new Failure("quota", "MiMo: balance used up", { hint: "Top up" });
  const response = errorResponse(failure, { codex: true });
  assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal(await response.text(), "MiMo: balance used up. Top up");
});

Deno.test("error response: Codex knows an overflow by its code", async () => {
  const response = errorResponse(new Failure("context_overflow", "Too long"), { codex: true });
  const { error } = await response.json();
  assert.deepEqual([response.status, error.code], [400, "context_length_exceeded"]);
});

Deno.test("error response: the provider's wait is handed to others, in whole seconds, not to Codex", () => {
  const failure = new Failure("rate_limited", "Slow down", { retryAfter: 1200 });
  const waits = [false, true].map((codex) =>
    errorResponse(failure, { codex }).headers.get("retry-after")
  );
  assert.deepEqual(waits, ["2", null]);
});
