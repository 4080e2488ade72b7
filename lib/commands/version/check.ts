/**
 * Asks for the newest release. Runs for `sidecar version --check` and for nothing else in the program.
 *
 * The answer comes from outside: it is bounded in time and size, and only a version and an
 * address are taken from it.
 *
 * @module
 */

import { type BoundedAnswer, fetchBounded } from "../../base/bounded_read.ts";
import type { Clock } from "../../base/clock.ts";
import { Failure, type FailureCode } from "../../base/errors.ts";
import { isObject, parseJson } from "../../base/json.ts";
import { parseVersion, type Version } from "../../base/version/semver.ts";
import { showDuration } from "../../base/units.ts";
import { fetchFailure } from "./fetch_failure.ts";

/** A release. */
export interface Release {
  /** `0.2.0`, without a `v`. */
  readonly version: string;
  readonly parsed: Version;
  /** Where a person reads about it. */
  readonly page: string | undefined;
}

/** The longest that an answer may take, in milliseconds. */
const LIMIT = 10_000;
/** The largest answer in bytes; GitHub's own have some ten thousand. */
const LARGEST = 1024 * 1024;
const MIRROR = "Where the network does not let it through, --from URL asks a mirror";

/**
 * Asks for the newest release.
 *
 * @param url answers as GitHub's `releases/latest`: JSON with `tag_name` and `html_url`
 * @throws {Failure} `bad_usage` for an address that is none, else what stood in the way
 */
export async function newestRelease(url: string, clock: Clock): Promise<Release> {
  const { host } = address(url);
  try {
    const headers = { "accept": "application/json", "user-agent": "codex-sidecar" };
    const bounds = { maxBytes: LARGEST, timeout: LIMIT, clock };
    const answer = await fetchBounded(url, headers, bounds);
    if (answer.status !== 200) throw refusal(host, answer);
    if (answer.cut) {
      throw new Failure("too_large", `${host} sent more than a release's description`, {
        hint: MIRROR,
      });
    }
    return readRelease(host, answer.text);
  } catch (error) {
    if (error instanceof Failure) throw error.code === "head_timeout" ? slow(host) : error;
    const { code, message } = fetchFailure(error, "The list of releases", host);
    throw new Failure(code, message, { cause: error, hint: `Check the network. ${MIRROR}` });
  }
}

function slow(host: string): Failure {
  return new Failure("head_timeout", `${host} did not answer within ${showDuration(LIMIT)}`, {
    hint: MIRROR,
  });
}

function address(url: string): URL {
  const read = URL.canParse(url) ? new URL(url) : undefined;
  if (read?.protocol === "https:" || read?.protocol === "http:") return read;
  throw new Failure("bad_usage", "--from takes an http or https URL", {
    hint: "Such as https://mirror.example/latest.json",
  });
}

function refusal(host: string, { status, headers }: BoundedAnswer): Failure {
  const answered = `${host} answered HTTP ${status}`;
  const busy = status === 429 || (status === 403 && headers.get("x-ratelimit-remaining") === "0");
  const [code, why, hint]: [FailureCode, string, string] = busy
    ? ["rate_limited", "too many have asked from this address", "Ask again in an hour"]
    : status >= 300 && status < 400
    ? [
      "refused",
      "it redirects, and no redirect is followed",
      "Give --from the final address",
    ]
    : status === 404
    ? ["refused", "no release is there", "Look at the project's page"]
    : ["refused", "it does not say which release is newest", MIRROR];
  return new Failure(code, `${answered}: ${why}`, { hint, upstreamStatus: status });
}

function readRelease(host: string, text: string): Release {
  const read = parseJson(text);
  const { tag_name: tag, html_url: link } = isObject(read) ? read : {};
  const parsed = typeof tag === "string" ? parseVersion(tag) : undefined;
  if (typeof tag !== "string" || !parsed) {
    throw new Failure("bad_answer", `${host} answered, but not with a release`, {
      hint:
        "It must be JSON with tag_name, such as v1.2.3. A login page of the network may have answered",
    });
  }
  const page = typeof link === "string" && /^https?:\/\//.test(link) && URL.canParse(link)
    ? new URL(link).href
    : undefined;
  return { version: tag.replace(/^v/, ""), parsed, page };
}
