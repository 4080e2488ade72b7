/**
 * Which content types a path takes. The JSON paths take `application/json` alone: a web page can send every other type
 * (a form, `text/plain`, no type at all) to loopback without a preflight, and no program needs them.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";

/** Paths below a base whose POST is a JSON object by the documents of OpenAI and Anthropic. */
const JSON_ROUTE =
  /(?:^|\/)(?:responses|responses\/compact|responses\/input_tokens|(?:chat\/)?completions|messages|messages\/count_tokens|messages\/batches|alpha\/search|images\/generations|embeddings|moderations|rerank)$/;
/** Those that OpenAI documents with a form as well, because a picture goes along. */
const FORM_TOO = /(?:^|\/)images\/(?:edits|variations)$/;

/**
 * Checks the type of a request's body against its path.
 *
 * @param rest the path below the base, percent-encoded as it came
 * @throws {Failure} `bad_content_type`
 */
export function checkMediaType(method: string, rest: string, headers: Headers): void {
  if (method === "GET" || method === "HEAD" || method === "DELETE" || method === "OPTIONS") return;
  const path = comparablePath(rest);
  const form = FORM_TOO.test(path);
  if (!form && !JSON_ROUTE.test(path)) return;
  const given = headers.get("content-type");
  const type = given?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  // Two headers arrive as one value with a comma in it: their first type alone does not decide
  const single = given !== null && !given.includes(",");
  if (type === "application/json" && single) return;
  if (form && type === "multipart/form-data") return;
  const fact = type === "" ? "has no Content-Type" : "is not sent as application/json";
  throw new Failure("bad_content_type", `The request body ${fact}`, {
    hint: "Send Content-Type: application/json (curl: -H 'Content-Type: application/json')",
  });
}

/** A path as a lenient provider may read it, so that another spelling does not get past the check. */
export function comparablePath(rest: string): string {
  let path = rest;
  try {
    path = decodeURIComponent(rest);
  } catch (error) {
    // The address has been read before, so no provider can decode this path
    if (!(error instanceof URIError)) throw error;
  }
  return path.toLowerCase().replace(/;[^/]*/g, "").replace(/\/+/g, "/").replace(/\/$/, "");
}
