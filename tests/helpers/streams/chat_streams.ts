/**
 * Recorded Chat streams, the way through the reader, and a reader of its own that is as plain as can be.
 *
 * @module
 */

import { seededRandom } from "../clock/fake_clock.ts";
import { asFailure, Failure } from "../../../lib/base/errors.ts";
import { isObject, type Json, type JsonObject } from "../../../lib/base/json.ts";
import { pipe } from "../../../lib/base/stage.ts";
import { GENERIC_CHAT } from "../../../lib/provider/chat_rules.ts";
import { chatReader, type ChatReaderOptions } from "../../../lib/translate/chat/decoder.ts";
import { messageText } from "../../../lib/translate/grammar.ts";
import type { ResponsesEvent } from "../../../lib/wire/responses.ts";
import { sseReader } from "../../../lib/wire/sse.ts";

const FOLDER = new URL("../../streams/", import.meta.url);

/** The recorded Chat streams: name without ending, and bytes. */
export const CHATS: { name: string; bytes: Uint8Array }[] = [...Deno.readDirSync(FOLDER)]
  .filter(({ name }) => name.endsWith(".sse") && name.startsWith("chat-"))
  .map(({ name }) => ({ name: name.slice(0, -4), bytes: Deno.readFileSync(new URL(name, FOLDER)) }))
  .sort((a, b) => a.name.localeCompare(b.name));

/** Options of a reader under test. */
export function options(more: Partial<ChatReaderOptions> = {}): ChatReaderOptions {
  return {
    rules: GENERIC_CHAT,
    model: "m",
    createdAt: 1_800_000_000,
    toolNames: new Set(["shell", "weather"]),
    random: seededRandom(1),
    limits: { toolCalls: 128, event: 1 << 20 },
    takenCallIds: new Set(),
    classify: (body) => new Failure("refused", JSON.stringify(body)),
    ...more,
  };
}

/** What a run gave. */
export interface Read {
  readonly events: ResponsesEvent[];
  readonly failure?: Failure;
}

/** Feeds pieces of bytes through framing and reader. */
export function readBytes(pieces: Iterable<Uint8Array>, more?: Partial<ChatReaderOptions>): Read {
  const stage = pipe(sseReader({ maxEvent: 1 << 24 }), chatReader(options(more)));
  const events: ResponsesEvent[] = [];
  try {
    for (const piece of pieces) for (const event of stage.push(piece)) events.push(event);
    events.push(...stage.end());
  } catch (error) {
    return { events, failure: asFailure(error) };
  }
  return { events };
}

/** What a user and a tool get from an answer. */
export interface Gist {
  text: string;
  reasoning: string;
  calls: { name: string; arguments: string }[];
}

/** The gist of finished items. */
export function gistOf(events: readonly ResponsesEvent[]): Gist {
  const gist: Gist = { text: "", reasoning: "", calls: [] };
  for (const { type, data: { item } } of events) {
    if (type !== "response.output_item.done" || !isObject(item)) continue;
    if (item.type === "message") gist.text += messageText(item);
    if (item.type === "reasoning") {
      const summary = item.summary as JsonObject[];
      gist.reasoning += summary.map(({ text }) => text).join("");
    }
    if (item.type === "function_call") {
      gist.calls.push({ name: String(item.name), arguments: String(item.arguments) });
    }
  }
  return gist;
}

/** The text that deltas of a kind showed. */
export function deltasOf(events: readonly ResponsesEvent[], type: string): string {
  return events.filter((event) => event.type === type).map(({ data }) => data.delta).join("");
}

/** A recording read by hand: lines that begin with `data: `, their first choice, nothing else. */
export function plainGist(bytes: Uint8Array): Gist & { finished: boolean } {
  const gist = { text: "", reasoning: "", calls: [] as Gist["calls"], finished: false };
  for (const line of new TextDecoder().decode(bytes).split("\n")) {
    if (!line.startsWith("data: {")) continue;
    const choice = JSON.parse(line.slice(6)).choices?.[0];
    if (!choice) continue;
    const { delta = {}, finish_reason: finish } = choice;
    if (finish) gist.finished = true;
    gist.text += delta.content ?? "";
    gist.reasoning += delta.reasoning_content || delta.reasoning || "";
    for (const call of delta.tool_calls ?? []) {
      const { name, arguments: args = "" } = call.function;
      if (call.id) gist.calls.push({ name, arguments: args });
      else (gist.calls.at(-1) as Gist["calls"][number]).arguments += args;
    }
  }
  return gist;
}

/** One Chat chunk as bytes of a stream. */
export function sse(...chunks: (Json | string)[]): Uint8Array {
  const blocks = chunks.map((chunk) =>
    `data: ${typeof chunk === "string" ? chunk : JSON.stringify(chunk)}\n\n`
  );
  return new TextEncoder().encode(blocks.join(""));
}

/** A chunk with one choice. */
export function delta(fields: JsonObject, finish: string | null = null): JsonObject {
  return { id: "c", choices: [{ index: 0, delta: fields, finish_reason: finish }] };
}
