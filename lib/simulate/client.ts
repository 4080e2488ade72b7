/**
 * A client that reads one answer exactly as strictly as Codex does (docs/facts/codex.md §3), and has no retries.
 *
 * It waits for a head without limit and then for every event no longer than its idle limit, keeps only finished
 * items, and accepts only `response.completed` as the end.
 *
 * @module
 */

import { readBounded } from "../base/bounded_read.ts";
import type { Clock } from "../base/clock.ts";
import { Failure } from "../base/errors.ts";
import { filled, isObject, type JsonObject, parseJson } from "../base/json.ts";
import { showDuration } from "../base/units.ts";
import type { ResponsesEvent } from "../wire/responses.ts";
import { sseReader } from "../wire/sse.ts";

/** The most of an error's body that is read, in bytes. */
const MAX_ERROR = 64 * 1024;

/** What {@link askLikeCodex} needs. */
export interface ClientOptions {
  /** The base: `http://127.0.0.1:8411/v1`. */
  readonly url: string;
  readonly body: JsonObject;
  /** The longest wait between two events, in milliseconds. */
  readonly idle: number;
  readonly clock: Clock;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called for every event as it comes. */
  readonly onEvent?: (event: ResponsesEvent) => void;
  /** Called when the response head is there, whatever it says. */
  readonly onHead?: (response: Response) => void;
  /** Called for every piece of the body, before its events. */
  readonly onBytes?: (bytes: Uint8Array) => void;
  /** Ends the wait; its reason, a Failure, is then the client's failure. */
  readonly signal?: AbortSignal;
}

/** What the client received. */
export interface ClientAnswer {
  /** What its user reads; `undefined` where the answer is complete. */
  readonly failure: string | undefined;
  /** The finished items it understood. */
  readonly items: readonly JsonObject[];
  /** The texts of the finished messages. */
  readonly messages: readonly string[];
  /** Every event, heartbeats included. */
  readonly events: readonly ResponsesEvent[];
  readonly heartbeats: number;
  readonly ms: number;
}

/** Asks once. Never rejects: an error is its `failure`. */
export async function askLikeCodex(options: ClientOptions): Promise<ClientAnswer> {
  const { clock } = options;
  const started = clock.now();
  const events: ResponsesEvent[] = [];
  let failure: string | undefined;
  try {
    failure = await listen(options, events);
  } catch (error) {
    failure = error instanceof Failure ? error.message : `network error: ${errorText(error)}`;
  }
  const items = events.flatMap(({ type, data }) =>
    type === "response.output_item.done" && understood(data.item) ? [data.item] : []
  );
  return {
    failure,
    items,
    messages: items.filter(({ type }) => type === "message").map(textOf),
    events,
    heartbeats: events.filter(({ type }) => type === "keepalive").length,
    ms: clock.now() - started,
  };
}

async function listen(
  options: ClientOptions,
  events: ResponsesEvent[],
): Promise<string | undefined> {
  const { url, body, idle, clock, headers, onEvent, signal } = options;
  const left = new AbortController();
  const leave = () => left.abort(signal?.reason);
  if (signal?.aborted) leave();
  signal?.addEventListener("abort", leave, { once: true });
  const late = () => {
    const message = `idle timeout: no event for ${showDuration(idle)}`;
    left.abort(new Failure("silence", message));
  };
  let stop = () => {};
  try {
    const response = await fetch(`${url}/responses`, {
      method: "POST",
      headers: { accept: "text/event-stream", "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      redirect: "manual", // it would carry the headers to another host
      signal: left.signal,
    });
    options.onHead?.(response);
    if (!response.ok) {
      const { text } = await readBounded(untilAborted(response, left.signal), MAX_ERROR);
      return `HTTP ${response.status}: ${messageOf(text)}`;
    }
    const reader = sseReader({ maxEvent: 64 * 1024 ** 2 });
    stop = clock.after(idle, late);
    for await (const bytes of untilAborted(response, left.signal)) {
      options.onBytes?.(bytes);
      for (const { data } of reader.push(bytes)) {
        stop();
        stop = clock.after(idle, late);
        const event = read(data);
        if (!event) continue;
        events.push(event);
        onEvent?.(event);
        const end = endOf(event);
        if (end !== undefined) return end === "" ? undefined : end;
      }
    }
    return "stream closed before response.completed";
  } finally {
    stop();
    signal?.removeEventListener("abort", leave);
    left.abort();
  }
}

/** The bytes of a body. Deno's own link from a signal to a body can be garbage-collected while the body is being read. */
async function* untilAborted(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  const cancel = () => void reader?.cancel().catch(() => undefined);
  signal.addEventListener("abort", cancel, { once: true });
  try {
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      yield next.value;
    }
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

function read(data: string): ResponsesEvent | undefined {
  const value = parseJson(data);
  if (!isObject(value) || typeof value.type !== "string") return undefined;
  return { type: value.type, data: value, text: data };
}

/** `""` where the event completes the answer, a message where it fails it, `undefined` where the answer goes on. */
function endOf({ type, data }: ResponsesEvent): string | undefined {
  const response = isObject(data.response) ? data.response : {};
  if (type === "response.failed") {
    return isObject(response.error)
      ? `${response.error.message}`
      : "response.failed event received";
  }
  if (type === "response.incomplete") {
    const { reason } = isObject(response.incomplete_details) ? response.incomplete_details : {};
    return `incomplete response, reason: ${reason}`;
  }
  if (type !== "response.completed") return undefined;
  const missing = typeof response.id === "string" ? missingUsage(response.usage) : "id";
  return missing === undefined ? "" : `failed to parse ResponseCompleted: missing field ${missing}`;
}

/** The first field of a usage that Codex requires and misses. */
function missingUsage(usage: unknown): string | undefined {
  if (!isObject(usage)) return undefined;
  const { input_tokens_details: input, output_tokens_details: output } = usage;
  const needed: (readonly [string, unknown])[] = [
    ...["input_tokens", "output_tokens", "total_tokens"].map((key) => [key, usage[key]] as const),
    ...(isObject(input) ? [["cached_tokens", input.cached_tokens] as const] : []),
    ...(isObject(output) ? [["reasoning_tokens", output.reasoning_tokens] as const] : []),
  ];
  return needed.find(([, value]) => !Number.isInteger(value))?.[0];
}

/** Whether Codex can read the item; one it cannot is dropped silently. */
function understood(item: unknown): item is JsonObject {
  if (!isObject(item)) return false;
  if (item.type === "message") return typeof item.role === "string" && Array.isArray(item.content);
  if (item.type === "reasoning") return Array.isArray(item.summary);
  const named = filled(item.call_id) !== undefined && filled(item.name) !== undefined;
  if (item.type === "function_call") return named && typeof item.arguments === "string";
  return item.type === "custom_tool_call" ? named && typeof item.input === "string" : true;
}

function textOf({ content }: JsonObject): string {
  const parts = Array.isArray(content) ? content.filter(isObject) : [];
  return parts.map(({ text }) => filled(text) ?? "").join("");
}

function messageOf(text: string): string {
  const value = parseJson(text);
  const error = isObject(value) ? value.error : undefined;
  if (isObject(error) && typeof error.message === "string") return error.message;
  return text.startsWith("<") ? "a web page" : text.slice(0, 300);
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
