/**
 * Asks one search engine one query, over as many requests as it needs.
 *
 * @module
 */

import { Failure, withoutSecrets } from "../../base/errors.ts";
import { isObject, parseJson } from "../../base/json.ts";
import type { Clock } from "../../base/clock.ts";
import { readErrorBody } from "../../provider/errors/error_body.ts";
import type {
  SearchEngine,
  SearchPlace,
  SearchQuery,
  Source,
} from "../../provider/search/engine.ts";
import type { Client } from "../../upstream/transport/client.ts";
import { sendLimited } from "./limited.ts";

/** Where and as whom the engine is asked. */
export interface EngineCall {
  readonly engine: SearchEngine;
  readonly place: SearchPlace;
  /** The engine in sentences. */
  readonly title: string;
  /** Sent along; what the engine itself sets wins. */
  readonly headers: Headers;
  /** What the engine may echo and nobody must read. */
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
}

/** The pages that were found. */
export interface Found {
  readonly sources: readonly Source[];
  /** What a model wrote about them. */
  readonly text?: string;
}

/** Milliseconds for one request: where a model searches, it reads what it found first. */
const TIMEOUT = 90_000;
/** Bytes of an answer. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Most requests for one query. */
const MOST_REQUESTS = 6;
/** Statuses that say that there is no such endpoint. */
const ABSENT = new Set([404, 405, 501]);
/** Longest part of the engine's own words that is passed on. */
const MAX_QUOTE = 500;

/**
 * Asks.
 *
 * @returns `undefined` where the engine is not there
 * @throws {Failure} without secrets; the signal's reason
 */
export async function askEngine(
  query: SearchQuery,
  call: EngineCall,
  { client, clock }: { readonly client: Client; readonly clock: Clock },
): Promise<Found | undefined> {
  const { engine, place, title, headers, secrets, signal } = call;
  try {
    let request = engine.request(query, place);
    for (let sent = 1; sent <= MOST_REQUESTS; sent++) {
      const { url, body, headers: own = {} } = request;
      const all = new Headers(headers);
      all.set("content-type", "application/json");
      all.set("accept", "application/json");
      for (const [name, value] of Object.entries(own)) all.set(name, value);
      if (!body) all.delete("content-type");
      const { status, bytes, cut } = await sendLimited(client, {
        url,
        method: body ? "POST" : "GET",
        headers: all,
        body: body && (() => JSON.stringify(body)),
        title,
        signal,
      }, { clock, timeout: TIMEOUT, maxBytes: MAX_BYTES });
      if (ABSENT.has(status)) return undefined;
      const text = new TextDecoder().decode(bytes);
      if (status < 200 || status > 299) throw refused(title, `HTTP ${status}`, text, status);
      const json = cut ? undefined : parseJson(text);
      if (!isObject(json)) {
        throw new Failure(
          "bad_answer",
          `${title} answered a search with something that is no JSON`,
        );
      }
      if (json.error !== undefined && json.error !== null && json.error !== "") {
        throw refused(title, "an error", text, status);
      }
      const answer = engine.read(json, request);
      if ("error" in answer) {
        throw new Failure("refused", `${title} refused the search: ${answer.error}`);
      }
      if (!("next" in answer)) return answer;
      request = answer.next;
    }
    throw new Failure(
      "bad_answer",
      `${title} wanted more than ${MOST_REQUESTS} requests for a search`,
    );
  } catch (error) {
    if (error instanceof Failure) throw withoutSecrets(error, secrets);
    throw error;
  }
}

function refused(title: string, how: string, text: string, status: number): Failure {
  const { message = "" } = readErrorBody(text);
  const said = message.replace(/\s+/g, " ").trim().slice(0, MAX_QUOTE);
  return new Failure(
    "refused",
    `${title} refused the search (${how})${said === "" ? "" : `: ${said}`}`,
    { upstreamStatus: status },
  );
}
