/**
 * Carries out the hosted tool `web_search` of one exchange, between two upstream requests (docs/facts/search.md §1).
 *
 * Its rules: the answer that asks for a search must be complete; the client sees a `web_search_call` item for each search; the
 * next request has the items so far with call and output in place of that item; the number of rounds is bounded.
 *
 * @module
 */

import type { Random } from "../../base/clock.ts";
import { isObject, type JsonObject, parseJson } from "../../base/json.ts";
import { isCall, type ResponsesEvent, responsesEvent } from "../../wire/responses.ts";
import type { Ledger } from "../answer/ledger.ts";
import { sessionOf } from "../attempt/left_out_notes.ts";
import type { RequestSoFar } from "../attempt/request.ts";
import type { Route } from "../route/route.ts";
import type { Decoder } from "../wires/adapter.ts";
import { readCommands } from "./commands.ts";
import { type HostedCall, HostedCalls } from "./hosted_calls.ts";
import { hostedTool, withFunction } from "./hosted_tool.ts";
import type { WebSearch } from "./search.ts";

/** Most rounds of one exchange; then the function is not offered any more. */
const MOST_ROUNDS = 10;
/** Tokens of one output. */
const MAX_TOKENS = 10_000;

/** An attempt whose answer is over. */
interface Answered {
  readonly route: Route;
  readonly intake: { end(): ResponsesEvent[] };
}

/** The hosted searches of one exchange. */
export class HostedSearch {
  readonly #search: WebSearch | undefined;
  readonly #random: Random;
  /** Requests to the upstream that only went on after a search. */
  rounds = 0;
  #calls: HostedCalls | undefined;
  #name: string | undefined;
  #tool: JsonObject | undefined;
  #asked: JsonObject = {};

  /** @param search absent: the tool stays what it is */
  constructor(search: WebSearch | undefined, random: Random) {
    this.#search = search;
    this.#random = random;
  }

  /** The request for the next attempt. */
  prepare(request: JsonObject, route: Route): JsonObject {
    this.#calls = this.#name = this.#tool = undefined;
    if (!this.#search || (!this.#carriesOut(request, route) && !hasSearches(request))) {
      return request;
    }
    const { memory } = this.#search;
    const hosted = withFunction(request, (id) => memory.carried(id), {
      offer: this.rounds < MOST_ROUNDS,
      again: this.rounds > 0,
    });
    if (!this.#carriesOut(request, route)) {
      return { ...request, input: hosted.request.input };
    }
    this.#name = hosted.name;
    this.#tool = hosted.tool;
    this.#asked = request;
    return hosted.request;
  }

  /** The decoder for its answer. */
  decoder(decoder: Decoder): Decoder {
    if (this.#name === undefined) return decoder;
    return this.#calls = new HostedCalls(decoder, this.#name);
  }

  /** Whether the answer is complete and asks for a search. */
  get due(): boolean {
    return this.#calls?.held !== undefined;
  }

  /**
   * The end of an attempt: its last events; where it asks for searches, these are carried out, and the request goes on after
   * them, unless the client has a call of its own to answer.
   *
   * @throws what {@link Answered.intake} throws; the signal's reason
   */
  async *settle(
    { route, intake }: Answered,
    request: RequestSoFar,
    ledger: Ledger,
    signal: AbortSignal,
  ): AsyncGenerator<ResponsesEvent[], void> {
    if (!this.due) yield intake.end();
    const calls = this.#calls;
    if (!calls?.held) return;
    const admit = (events: readonly ResponsesEvent[]) =>
      events.flatMap((event) => ledger.admit(event));
    const session = sessionOf(route.headers, this.#asked);
    const begun = calls.calls.map((call) => this.#begin(call, session));
    yield admit(begun.flatMap(starting));
    const outputs = begun.map((each, at) => this.#carryOut(each, at < MOST_CARRIED, route, signal));
    for (const output of outputs) output.catch(() => undefined); // the first that is awaited says it
    for (const output of outputs) yield admit(await output);
    if (ledger.finished.some(isCall)) {
      yield admit([calls.held]);
      return;
    }
    this.rounds++;
    request.continueAfter(ledger.finished, undefined, route);
  }

  #carriesOut(request: JsonObject, { target }: Route): boolean {
    const tool = hostedTool(request);
    if (!tool || !this.#search) return false;
    const chosen = this.#search.chosen(target, String(request.model ?? ""));
    if (chosen === "hosted" || "why" in chosen) return false;
    const { toolTypes } = target.profile.responses;
    const takes = target.wire === "responses" &&
      (toolTypes === "all" || toolTypes.includes(String(tool.type)));
    // A provider that carries the tool out itself does, unless the user chose a service
    return !(takes && chosen.own);
  }

  #begin({ index, args }: HostedCall, session: string): Begun {
    const read = parseJson(args);
    const { filters } = this.#tool ?? {};
    const domains = isObject(filters) ? filters.allowed_domains : undefined;
    const commands = { ...(domains !== undefined && { domains }), ...(isObject(read) ? read : {}) };
    const memory = this.#search?.memory.session(session);
    return {
      index,
      id: `ws_${this.#random.id()}`,
      args: isObject(read) ? args : JSON.stringify(commands),
      commands,
      action: actionOf(commands, (ref) => memory?.address(ref) ?? ref),
      session,
    };
  }

  /** @returns the events of the finished item */
  async #carryOut(
    begun: Begun,
    carried: boolean,
    { target, headers, secrets }: Route,
    signal: AbortSignal,
  ): Promise<ResponsesEvent[]> {
    const { id, args, commands, session } = begun;
    const search = this.#search;
    const output = search && carried
      ? await search.run({
        session,
        commands,
        target,
        headers,
        secrets,
        model: String(this.#asked.model ?? ""),
        maxTokens: MAX_TOKENS,
        live: this.#tool?.external_web_access !== false,
        input: this.#asked.input,
        signal,
      })
      : `Not looked up: at most ${MOST_CARRIED} searches are carried out at once.`;
    search?.memory.carry(id, { name: this.#name ?? "", args, output });
    return finishing(begun);
  }
}

/** A search that the client knows of. */
interface Begun {
  /** Where its item stands in the answer. */
  readonly index: number;
  /** Of its item. */
  readonly id: string;
  /** As the model wrote them, where they are an object. */
  readonly args: string;
  readonly commands: JsonObject;
  /** What the item says of it. */
  readonly action: JsonObject;
  readonly session: string;
}

/** Most searches of one answer. */
const MOST_CARRIED = 8;

function hasSearches({ input }: JsonObject): boolean {
  return Array.isArray(input) &&
    input.some((item) => isObject(item) && item.type === "web_search_call");
}

/** The item's action as the Responses API has it. */
function actionOf(asked: JsonObject, address: (ref: string) => string): JsonObject {
  const { commands } = readCommands(asked);
  const queries = commands.flatMap((command) => command.kind === "search" ? [command.text] : []);
  const [query] = queries;
  if (query !== undefined) {
    return { type: "search", query, ...(queries.length > 1 && { queries }) };
  }
  const [first] = commands;
  if (first?.kind === "open" || first?.kind === "click") {
    return { type: "open_page", url: address(first.ref) };
  }
  if (first?.kind === "find") {
    return { type: "find_in_page", url: address(first.ref), pattern: first.pattern };
  }
  return { type: "search", query: "" };
}

function starting({ index, id, action }: Begun): ResponsesEvent[] {
  const place = { output_index: index, sequence_number: 0 };
  const item = { type: "web_search_call", id, status: "in_progress", action };
  return [
    responsesEvent("response.output_item.added", { ...place, item }),
    ...["in_progress", "searching"].map((state) =>
      responsesEvent(`response.web_search_call.${state}`, { ...place, item_id: id })
    ),
  ];
}

function finishing({ index, id, action }: Begun): ResponsesEvent[] {
  const place = { output_index: index, sequence_number: 0 };
  const item = { type: "web_search_call", id, status: "completed", action };
  return [
    responsesEvent("response.web_search_call.completed", { ...place, item_id: id }),
    responsesEvent("response.output_item.done", { ...place, item }),
  ];
}
