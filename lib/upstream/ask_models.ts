/**
 * Asks a provider for its own list of models: `GET <base>/models`, bounded in time and size.
 *
 * One question, nothing repeated. What it costs is a request that every provider answers for nothing.
 *
 * @module
 */

import { readBounded } from "../base/bounded_read.ts";
import type { Clock } from "../base/clock.ts";
import { asFailure, Failure, withoutSecrets } from "../base/errors.ts";
import { parseJson } from "../base/json.ts";
import { showDuration } from "../base/units.ts";
import type { ListedModel } from "../provider/catalog/facts.ts";
import { readModelList } from "../provider/catalog/listed.ts";
import { streamOf } from "./body_reader.ts";
import { decoded } from "./content_encoding.ts";
import type { Client } from "./transport/client.ts";

/** Most bytes of a list; the longest known has less than one MiB. */
const MAX_BYTES = 8 * 1024 * 1024;

/** One question. */
export interface ModelsQuestion {
  /** The base below which `models` hangs, without a slash at its end. */
  readonly base: string;
  /** The provider in sentences. */
  readonly title: string;
  /** For the provider, key included. */
  readonly headers: Headers;
  /** Milliseconds for the whole answer. */
  readonly timeout: number;
  /** Ends the question; its reason is thrown. @default nothing does */
  readonly signal?: AbortSignal;
  /** What the answer may echo and no message may show. @default nothing */
  readonly secrets?: readonly string[];
}

/**
 * The models that the provider lists and that can hold a conversation, in its order.
 *
 * @throws {Failure} `unreachable`, `head_timeout`, `refused`, `bad_answer`: told in words of the provider's title
 */
export async function askModels(
  { base, title, headers, timeout, signal, secrets = [] }: ModelsQuestion,
  { client, clock }: { readonly client: Client; readonly clock: Clock },
): Promise<readonly ListedModel[]> {
  const stop = new AbortController();
  const late = new Failure(
    "head_timeout",
    `${title} sent no list of models within ${showDuration(timeout)}`,
  );
  const cancel = clock.after(timeout, () => stop.abort(late));
  const leave = () => stop.abort(signal?.reason);
  if (signal?.aborted) leave();
  signal?.addEventListener("abort", leave, { once: true });
  const aborted = new Promise<never>((_, reject) => {
    const fail = () => reject(stop.signal.reason);
    if (stop.signal.aborted) fail();
    else stop.signal.addEventListener("abort", fail, { once: true });
  });
  aborted.catch(() => undefined); // it may fail when nobody waits any more
  try {
    return await Promise.race([ask(), aborted]);
  } catch (error) {
    throw withoutSecrets(asFailure(error), secrets);
  } finally {
    cancel();
    signal?.removeEventListener("abort", leave);
    stop.abort(late); // frees a body that was not read to its end
  }

  async function ask(): Promise<readonly ListedModel[]> {
    const answer = await client.send({
      url: `${base}/models`,
      method: "GET",
      headers,
      body: undefined,
      title,
      signal: stop.signal,
    });
    const { status } = answer;
    if (status < 200 || status > 299) {
      answer.body.cancel(undefined);
      throw new Failure("refused", `${title} answered HTTP ${status} to GET ${base}/models`, {
        upstreamStatus: status,
        ...((status === 401 || status === 403) && { hint: "The key is not accepted there" }),
      });
    }
    const body = streamOf(decoded(answer.body, answer.headers.get("content-encoding")));
    const { text, cut } = await readBounded(body, MAX_BYTES);
    const models = cut ? undefined : readModelList(parseJson(text));
    if (models) return models;
    throw new Failure("bad_answer", `${title} sent no list of models at ${base}/models`);
  }
}
