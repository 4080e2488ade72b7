/**
 * Asks one turn through a sidecar and measures the answer; checks every event against the output grammar.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { isObject, type JsonObject } from "../base/json.ts";
import { askLikeCodex } from "../simulate/client.ts";
import { Grammar } from "../translate/grammar.ts";
import type { ResponsesEvent } from "../wire/responses.ts";
import { CHARS_PER_TOKEN } from "./code_text.ts";
import { callIsSound, requestTokens } from "./dialogue.ts";
import type { Sample } from "./sample.ts";

/** One turn to ask. */
export interface TurnCall {
  readonly upstream: string;
  readonly conversation: number;
  readonly turn: number;
  /** The sidecar's base for this upstream. */
  readonly url: string;
  readonly body: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
  /** The client's idle limit between two events, in milliseconds; Codex's own default is 300,000. */
  readonly idle: number;
  readonly clock: Clock;
  /** When the run began, on the clock. */
  readonly started: number;
  /** Aborted: the run ends, and an unfinished turn counts as stopped. */
  readonly signal: AbortSignal;
  /** Called with every wait between two events after the first token, without heartbeats; in milliseconds. */
  readonly onGap: (ms: number) => void;
  /** Called for every piece of text, reasoning or arguments. */
  readonly onDelta: () => void;
}

/** Asks one turn. Never rejects. @returns the figures, and the finished items for the history */
export async function askTurn(call: TurnCall): Promise<{ sample: Sample; items: JsonObject[] }> {
  const { clock, body } = call;
  const sent = clock.now();
  const age = () => clock.now() - sent;
  const grammar = new Grammar();
  let wrong: string | undefined;
  let head: number | null = null;
  let firstToken: number | null = null;
  let last: number | undefined;
  let longestGap = 0;
  let characters = 0;
  let usage: JsonObject = {};
  const onEvent = (event: ResponsesEvent) => {
    wrong ??= grammar.push(event);
    if (event.type === "keepalive") return;
    const now = age();
    if (last !== undefined && firstToken !== null) {
      call.onGap(now - last);
      longestGap = Math.max(longestGap, now - last);
    }
    last = now;
    usage = usageOf(event) ?? usage;
    const { delta } = event.data;
    if (typeof delta !== "string") return;
    firstToken ??= now;
    characters += delta.length;
    call.onDelta();
  };
  const received = await askLikeCodex({
    url: call.url,
    body,
    headers: call.headers,
    idle: call.idle,
    clock,
    onEvent,
    onHead: () => head = age(),
    signal: call.signal,
  });
  const total = age();
  const unsound = received.items.find((item) => !callIsSound(item));
  const failure = received.failure ?? (unsound && "a tool call whose arguments are no JSON object");
  const stopped = failure !== undefined && call.signal.aborted;
  // The run's own end cuts the stream: the grammar's last rule does not apply then.
  const rule = wrong ?? (failure === undefined ? grammar.end() : undefined);
  const outputTokens = count(usage.output_tokens) ?? Math.ceil(characters / CHARS_PER_TOKEN);
  const writing = firstToken === null ? 0 : total - firstToken;
  const details = isObject(usage.input_tokens_details) ? usage.input_tokens_details : {};
  const sample: Sample = {
    upstream: call.upstream,
    conversation: call.conversation,
    turn: call.turn,
    at: sent - call.started,
    context: requestTokens(body),
    outcome: stopped ? "stopped" : failure === undefined && !rule ? "whole" : "lost",
    failure: failure ?? (rule ? `the stream breaks a rule: ${rule}` : null),
    grammar: rule ?? null,
    head,
    firstToken,
    longestGap,
    total,
    inputTokens: count(usage.input_tokens) ?? null,
    cachedTokens: count(details.cached_tokens) ?? null,
    outputTokens,
    tokensPerSecond: writing >= 1 && outputTokens > 1 ? outputTokens / writing * 1_000 : null,
    heartbeats: received.heartbeats,
    calls: received.items.filter(({ type }) => type === "function_call").length,
  };
  return { sample, items: [...received.items] };
}

function usageOf({ data }: ResponsesEvent): JsonObject | undefined {
  return isObject(data.response) && isObject(data.response.usage) ? data.response.usage : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}
