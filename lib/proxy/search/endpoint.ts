/**
 * `POST alpha/search`: Codex's own search, which it sends where its catalog and its provider's table say so
 * (docs/facts/search.md §1).
 *
 * Its rule: the answer is a 200 with text for the model, whatever failed; only a request that is none is refused.
 *
 * @module
 */

import { asFailure, withoutSecrets } from "../../base/errors.ts";
import { filled, isObject, type JsonObject, parseJson } from "../../base/json.ts";
import type { Observer, Outcome } from "../../observe/observer.ts";
import { secretsOf } from "../route/known_secrets.ts";
import type { Target } from "../route/target.ts";
import { sendLimited } from "./limited.ts";
import type { SearchDeps, WebSearch } from "./search.ts";

/** The path below a base. */
export const SEARCH_PATH = "alpha/search";

/** One request. */
interface SearchExchange {
  readonly body: JsonObject;
  readonly target: Target;
  /** For the provider, its key included. */
  readonly headers: Headers;
  readonly query: string;
  /** The sidecar's own token. */
  readonly token: string | null;
  readonly signal: AbortSignal;
}

/** Milliseconds for a provider that searches itself, and bytes of its answer. */
const TIMEOUT = 120_000;
const MAX_BYTES = 4 * 1024 * 1024;

/** Answers the request, and reports it. @throws the signal's reason */
export async function answerSearch(
  id: string,
  exchange: SearchExchange,
  search: WebSearch,
  { observer, ...net }: Pick<SearchDeps, "client" | "clock"> & { readonly observer: Observer },
): Promise<Response> {
  const started = net.clock.now();
  const report = (outcome: Outcome, status: number) => {
    const duration = net.clock.now() - started;
    observer.finished({
      id,
      upstream: exchange.target.name,
      model: filled(exchange.body.model) ?? "",
      path: `/${SEARCH_PATH}`,
      status,
      head: duration,
      firstContent: null,
      longestSilence: duration,
      heartbeats: 0,
      replays: 0,
      attempts: 1,
      outcome,
      duration,
    });
  };
  try {
    const output = await outputOf(exchange, search, net);
    report("passed", 200);
    return Response.json({ output });
  } catch (error) {
    report("client_gone", 499);
    throw error;
  }
}

async function outputOf(
  exchange: SearchExchange,
  search: WebSearch,
  net: Pick<SearchDeps, "client" | "clock">,
): Promise<string> {
  const { body, target, headers, query, token, signal } = exchange;
  const { commands, settings, model, max_output_tokens: maxTokens, id, input } = body;
  const asked = isObject(commands) ? commands : {};
  const name = filled(model) ?? "";
  const secrets = secretsOf({ target, headers, query }, token);
  const searches = ["search_query", "query", "image_query"].some((field) =>
    asked[field] !== undefined
  );
  if (search.chosen(target, name) === "hosted" && searches) {
    const output = await askProvider(exchange, secrets, net);
    if (output !== undefined) return output;
  }
  return await search.run({
    session: filled(id) ?? "",
    commands: asked,
    target,
    headers,
    secrets,
    model: name,
    maxTokens: typeof maxTokens === "number" ? maxTokens : undefined,
    live: !isObject(settings) || settings.external_web_access !== false,
    input,
    signal,
  });
}

/** The output of a provider that has this endpoint itself; `undefined` where it has not. */
async function askProvider(
  { body, target: { base, title }, headers, query, signal }: SearchExchange,
  secrets: readonly string[],
  { client, clock }: Pick<SearchDeps, "client" | "clock">,
): Promise<string | undefined> {
  try {
    const { status, bytes } = await sendLimited(client, {
      url: `${base}/${SEARCH_PATH}${query}`,
      method: "POST",
      headers,
      body: () => JSON.stringify(body),
      title,
      signal,
    }, { clock, timeout: TIMEOUT, maxBytes: MAX_BYTES });
    const json = status === 200 ? parseJson(new TextDecoder().decode(bytes)) : undefined;
    return isObject(json) ? filled(json.output) : undefined;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const { fullMessage } = withoutSecrets(asFailure(error), secrets);
    return `The search failed: ${fullMessage}.`;
  }
}
