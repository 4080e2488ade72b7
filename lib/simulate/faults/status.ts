/**
 * Faults that a provider reports itself: HTTP errors, pages of a gateway, errors inside a stream.
 *
 * @module
 */

import type { JsonObject } from "../../base/json.ts";
import type { SimulatedAnswer } from "../answer.ts";
import { breakAt } from "../transform_script.ts";
import { type Fault, REFUSAL, ROW } from "./fault.ts";
import { goodScript } from "../good_script.ts";
import { body, data, eof, event, json, type Script, type ScriptMark } from "../script.ts";

const PAGE = "<html><head><title>502 Bad Gateway</title></head><body>" +
  "<center><h1>502 Bad Gateway</h1></center><hr><center>openresty</center></body></html>";

function error(message: string, more: JsonObject = {}): { error: JsonObject } {
  return { error: { message, type: "server_error", param: null, code: null, ...more } };
}

/** A row that refuses with a status `times` times. */
function refusal(
  name: string,
  doc: string,
  status: number,
  more: { error: JsonObject },
  headers: Record<string, string> = {},
): Fault {
  return { ...ROW, name, doc, script: () => json(status, more, headers) };
}

/** A row that refuses with a status for good. */
function no(name: string, doc: string, status: number, more: { error: JsonObject }): Fault {
  return { ...REFUSAL, name, doc, script: () => json(status, more) };
}

const LIMIT = { type: "rate_limit_error", code: "rate_limit_exceeded" };
const busy = error("Rate limit reached", LIMIT);

/** An error inside a stream, as each wire has it. */
function inside(answer: SimulatedAnswer, at: ScriptMark, message: string): Script {
  const code = "server_error";
  const steps = {
    chat: () => data(error(message, { code })),
    responses: () => event({ type: "error", code, message, param: null, sequence_number: 99 }),
    anthropic: () => event({ type: "error", error: { type: "overloaded_error", message } }),
  };
  return breakAt(goodScript(answer), at, [steps[answer.wire](), eof]);
}

/** A failed response, as the Responses wire has it. */
function failed(answer: SimulatedAnswer, at: ScriptMark, code: string, message: string): Script {
  const response = { id: "resp_failed", status: "failed", error: { code, message } };
  return breakAt(goodScript(answer), at, [
    event({ type: "response.failed", response, sequence_number: 99 }),
    eof,
  ]);
}

/** The faults of this file. */
export const STATUS_FAULTS: readonly Fault[] = [
  refusal("rate-limited", "429 without a time to retry at", 429, busy),
  refusal("rate-limited-seconds", "429 with Retry-After in seconds", 429, busy, {
    "retry-after": "1",
  }),
  refusal("rate-limited-date", "429 with Retry-After as a past date", 429, busy, {
    "retry-after": "Wed, 01 Jan 2025 00:00:00 GMT",
  }),
  refusal("rate-limited-ms", "429 with retry-after-ms", 429, busy, { "retry-after-ms": "600" }),
  refusal(
    "rate-limited-words",
    "429 with the wait in its text",
    429,
    error("Rate limit reached. Please try again in 0.5s.", LIMIT),
  ),
  { ...refusal("overloaded-503", "503, three times", 503, error("Overloaded")), times: 3 },
  refusal("error-500", "500", 500, error("Internal error")),
  refusal("conflict-409", "409", 409, error("Conflict")),
  refusal("timeout-408", "408", 408, error("Request timeout")),
  refusal("gateway-524", "524 of a gateway", 524, error("A timeout occurred")),
  {
    ...ROW,
    name: "502-html",
    doc: "502 with a web page",
    script: () => body(502, "text/html", PAGE),
  },
  {
    ...ROW,
    name: "200-html",
    doc: "200 with a web page",
    script: () => body(200, "text/html", PAGE),
  },
  { ...ROW, name: "200-empty", doc: "200 with nothing", script: () => body(200, "text/plain", "") },
  {
    ...ROW,
    name: "json-error-200",
    doc: "200 with a JSON error",
    script: () => json(200, error("Backend not available")),
  },
  {
    ...ROW,
    name: "error-event-first",
    doc: "an error as the first event of the stream",
    script: (answer) => inside(answer, "head", "Backend not available"),
  },
  {
    ...ROW,
    name: "error-event-mid",
    doc: "an error in the middle of the text",
    at: "mid-text",
    script: (answer) => inside(answer, "mid-text", "Backend lost"),
  },
  {
    ...ROW,
    name: "failed-event",
    doc: "response.failed before content",
    wires: ["responses"],
    script: (answer) => failed(answer, "created", "server_error", "The server had an error"),
  },
  {
    ...ROW,
    name: "failed-event-mid",
    doc: "response.failed in the middle of the text",
    wires: ["responses"],
    at: "mid-text",
    script: (answer) => failed(answer, "mid-text", "server_error", "The server had an error"),
  },
  {
    ...ROW,
    name: "failed-event-rate-limit",
    doc: "response.failed with the wait in its text",
    wires: ["responses"],
    script: (answer) =>
      failed(answer, "created", "rate_limit_exceeded", "Limit reached. Try again in 0.5s."),
  },
  no("bad-request-400", "400 with the reason in param", 400, {
    error: {
      message: "Param Incorrect",
      type: "",
      code: "400",
      param: "temperature must be between 0 and 1.5",
    },
  }),
  no(
    "bad-key-401",
    "401",
    401,
    error("Invalid API Key", { type: "authentication_error", code: "invalid_key" }),
  ),
  no(
    "no-balance-402",
    "402",
    402,
    error("Insufficient Balance", { type: "billing_error", code: "402" }),
  ),
  no(
    "forbidden-403",
    "403",
    403,
    error("Not entitled to this model", { type: "permission_error", code: "403" }),
  ),
  no(
    "no-model-404",
    "404",
    404,
    error("Model not found", { type: "invalid_request_error", code: "model_not_found" }),
  ),
  no(
    "quota-429",
    "429 for a used-up quota",
    429,
    error("You exceeded your current quota", {
      type: "insufficient_quota",
      code: "insufficient_quota",
    }),
  ),
  no(
    "overflow-400",
    "400: the conversation is too long",
    400,
    error("This model's maximum context length is 1048576 tokens", {
      type: "invalid_request_error",
      code: "context_length_exceeded",
    }),
  ),
  {
    ...REFUSAL,
    name: "overflow-event",
    doc: "response.failed: the conversation is too long",
    wires: ["responses"],
    script: (answer) =>
      failed(answer, "created", "context_length_exceeded", "Your input exceeds the context window"),
  },
  no(
    "moderation-400",
    "400: the content was refused by moderation",
    400,
    error("Moderation Block", { type: "content_filter", code: "421" }),
  ),
];
