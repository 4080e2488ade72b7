/**
 * Runs recorded Responses streams through the stages, the ledger and the numbering, as the exchange does.
 *
 * @module
 */

import { seededRandom } from "../clock/fake_clock.ts";
import { asFailure, Failure } from "../../../lib/base/errors.ts";
import { isObject } from "../../../lib/base/json.ts";
import { pipe, type Stage } from "../../../lib/base/stage.ts";
import { Ledger } from "../../../lib/proxy/answer/ledger.ts";
import { messageText } from "../../../lib/translate/grammar.ts";
import { Numbering } from "../../../lib/proxy/answer/numbering.ts";
import { normalizer } from "../../../lib/translate/response/normalize.ts";
import { responsesReader } from "../../../lib/translate/response/read_events.ts";
import type { ResponsesEvent } from "../../../lib/wire/responses.ts";
import { sseReader } from "../../../lib/wire/sse.ts";

const FOLDER = new URL("../../streams/", import.meta.url);

/** The recorded Responses streams: name without ending, and bytes. */
export const RECORDINGS: { name: string; bytes: Uint8Array }[] = [...Deno.readDirSync(FOLDER)]
  .filter(({ name }) => name.endsWith(".sse") && name.includes("responses"))
  .map(({ name }) => ({ name: name.slice(0, -4), bytes: Deno.readFileSync(new URL(name, FOLDER)) }))
  .sort((a, b) => a.name.localeCompare(b.name));

/** The stages of `wire: responses` without lowering. */
export function responsesStages(): Stage<Uint8Array, ResponsesEvent> {
  const classify = (_: unknown, text: string) => new Failure("overloaded", text.slice(0, 80));
  return pipe(
    sseReader({ maxEvent: 1 << 24 }),
    pipe(responsesReader({ classify }), normalizer({ toolCalls: 128 })),
  );
}

/** What a run gave: the events for the client, and the failure that ended it, if one did. */
export interface Outcome {
  readonly events: ResponsesEvent[];
  readonly failure?: Failure;
}

/** Feeds chunks and the end of the stream; numbers what the ledger lets through. */
export function play(
  chunks: Iterable<Uint8Array>,
  ledger = new Ledger({ random: seededRandom(1), codex: true }),
): Outcome {
  const stages = responsesStages();
  const events: ResponsesEvent[] = [];
  ledger.begin();
  try {
    for (const chunk of chunks) {
      for (const event of stages.push(chunk)) events.push(...ledger.admit(event));
      if (ledger.ending) return { events };
    }
    for (const event of stages.end()) events.push(...ledger.admit(event));
  } catch (error) {
    return { events, failure: asFailure(error) };
  }
  return { events };
}

/** The events with the numbers they go out with. */
export function numbered(events: readonly ResponsesEvent[]): ResponsesEvent[] {
  const numbering = new Numbering();
  return events.map((event) => numbering.number(event));
}

/** The finished items of a run, reduced to what a user or a tool sees of them. */
export function finished(events: readonly ResponsesEvent[]): string[] {
  return events.flatMap(({ type, data: { item } }) => {
    if (type !== "response.output_item.done" || !isObject(item)) return [];
    return [`${item.type}: ${messageText(item) || `${item.name} ${item.arguments ?? item.input}`}`];
  });
}

/** Splits bytes into pieces of `size`. */
export function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The offsets just behind every event of a stream. */
export function eventEnds(bytes: Uint8Array): number[] {
  const ends: number[] = [];
  for (let at = 1; at < bytes.length; at++) {
    if (bytes[at] === 10 && bytes[at - 1] === 10) ends.push(at + 1);
  }
  return ends;
}
