import assert from "node:assert/strict";
import { Failure } from "../../../lib/base/errors.ts";
import { checkMediaType } from "../../../lib/proxy/inbound/media_type.ts";

const JSON_TYPE = "application/json";
const rows: [method: string, rest: string, type: string | undefined, passes: boolean][] = [
  ["POST", "responses", JSON_TYPE, true],
  ["POST", "responses", "Application/JSON; charset=utf-8", true],
  ["POST", "responses", " application/json ;charset=utf-8", true],
  ["POST", "responses", undefined, false],
  ["POST", "responses", "", false],
  ["POST", "responses", "text/plain", false],
  ["POST", "responses", "text/plain; application/json", false],
  ["POST", "responses", "application/json, text/plain", false],
  ["POST", "responses", "text/plain, application/json", false],
  ["POST", "responses", "application/x-www-form-urlencoded", false],
  ["POST", "responses", "multipart/form-data; boundary=x", false],
  ["POST", "responses", "application/jsonp", false],
  ["POST", "responses", "application/vnd.a+json", false],
  ["PUT", "responses", "text/plain", false],
  ["PURGE", "responses", "text/plain", false],
  ["POST", "responses/", "text/plain", false],
  ["POST", "respons%65s", "text/plain", false],
  ["POST", "Responses", "text/plain", false],
  ["POST", "chat/completions", "text/plain", false],
  ["POST", "chat%2Fcompletions", "text/plain", false],
  ["POST", "chat//completions;x", "text/plain", false],
  ["POST", "api/paas/v4/chat/completions", "text/plain", false],
  ["POST", "completions", undefined, false],
  ["POST", "messages", "text/plain", false],
  ["POST", "messages/count_tokens", "text/plain", false],
  ["POST", "alpha/search", "text/plain", false],
  ["POST", "images/generations", "multipart/form-data; boundary=x", false],
  ["POST", "embeddings", "text/plain", false],
  ["POST", "images/edits", "multipart/form-data; boundary=x", true],
  ["POST", "images/edits", "text/plain", false],
  ["POST", "files", "multipart/form-data; boundary=x", true],
  ["POST", "audio/transcriptions", "multipart/form-data; boundary=x", true],
  ["POST", "responses/resp_1/cancel", undefined, true],
  ["GET", "responses", undefined, true],
  ["DELETE", "responses/resp_1", undefined, true],
];
for (const [method, rest, type, passes] of rows) {
  Deno.test(`media_type: ${method} ${rest} as ${type ?? "nothing"} is ${passes ? "taken" : "refused"}`, () => {
    const headers = new Headers(type === undefined ? {} : { "content-type": type });
    const check = () => checkMediaType(method, rest, headers);
    if (passes) return check();
    assert.throws(check, (error) => error instanceof Failure && error.code === "bad_content_type");
  });
}
