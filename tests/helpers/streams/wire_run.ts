/**
 * Attempts as the exchange composes them, without sockets: framing, the wire's adapter, intake, one ledger, numbering.
 *
 * @module
 */

import assert from "node:assert/strict";
import { seededRandom } from "../clock/fake_clock.ts";
import { numbered } from "./responses_streams.ts";
import { asFailure, Failure } from "../../../lib/base/errors.ts";
import { isObject, type JsonObject } from "../../../lib/base/json.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";
import { Ledger } from "../../../lib/proxy/answer/ledger.ts";
import { Intake } from "../../../lib/proxy/intake.ts";
import { WIRES } from "../../../lib/proxy/wires/wires.ts";
import { checkGrammar, messageText } from "../../../lib/translate/grammar.ts";
import type { ResponsesEvent } from "../../../lib/wire/responses.ts";
import { sseReader } from "../../../lib/wire/sse.ts";

const REQUEST: JsonObject = {
  model: "m",
  input: "hi",
  tools: [{ type: "custom", name: "apply_patch" }, { type: "function", name: "shell" }],
};

/** One exchange: attempts one after the other, and what its client gets. */
export class WireRun {
  readonly ledger: Ledger;
  readonly #random = seededRandom(1);
  readonly #events: ResponsesEvent[] = [];

  constructor(readonly codex = true, readonly provider = "generic") {
    this.ledger = new Ledger({ random: this.#random, codex });
  }

  /** What the client got so far, with the numbers it goes out with. */
  get events(): ResponsesEvent[] {
    return numbered(this.#events);
  }

  /** Runs one attempt. Returns the failure it ended with; `undefined` where the answer is over. */
  attempt(
    wire: Wire,
    pieces: Iterable<Uint8Array>,
    request: JsonObject = REQUEST,
    base = "http://127.0.0.1:1/v1",
  ): Failure | undefined {
    const { decoder, tail } = WIRES[wire].encode(request, {
      profile: profileNamed(this.provider)!,
      title: "Sim",
      base,
      random: this.#random,
      createdAt: 1_800_000_000,
      limits: { event: 1 << 24, toolCalls: 128 },
      classify: (_, text) => new Failure("refused", text.slice(0, 80)),
      rewrites: this.codex,
    });
    const reader = sseReader({ maxEvent: 1 << 24, tail });
    const intake = new Intake(decoder, this.ledger);
    this.ledger.begin();
    try {
      for (const piece of pieces) {
        this.#take(intake, reader.push(piece));
        if (this.ledger.ending) return undefined;
      }
      this.#take(intake, reader.end());
      if (!this.ledger.ending) this.#events.push(...intake.end());
      return undefined;
    } catch (error) {
      return asFailure(error);
    }
  }

  /** Ends it as the exchange would after its last attempt. */
  end(failure: Failure): void {
    if (this.ledger.ending) return;
    const complete = this.ledger.resume === "complete";
    const end = complete
      ? this.ledger.complete()
      : this.ledger.fail("server_error", failure.message, true);
    this.#events.push(...end);
  }

  #take(intake: Intake, messages: Parameters<Intake["read"]>[0]): void {
    const { events, failure } = intake.read(messages);
    this.#events.push(...events);
    if (failure) throw failure;
  }
}

/**
 * The laws of what a client gets, whatever broke: every item begins once and ends once; for Codex none begins while a
 * message is open; for a client that adds deltas up, they are the beginning of the item's text.
 *
 * @param numbered events with their sequence numbers
 */
export function assertLawful(numbered: readonly ResponsesEvent[], codex: boolean): void {
  assert.equal(checkGrammar(numbered, { rewritten: codex }), undefined);
  const open = new Map<unknown, string>();
  const ended = new Set<unknown>();
  const texts = new Map<unknown, string>();
  for (const { type, data: { item, output_index: index, delta } } of numbered) {
    if (type === "response.output_item.added" && isObject(item)) {
      assert.ok(!open.has(index) && !ended.has(index), "an item began twice");
      open.set(index, String(item.type));
    }
    if (type === "response.output_text.delta") texts.set(index, (texts.get(index) ?? "") + delta);
    if (type === "response.output_item.done" && isObject(item)) {
      assert.ok(!ended.has(index), "an item ended twice");
      open.delete(index);
      ended.add(index);
      if (!codex && item.type === "message") {
        assert.ok(messageText(item).startsWith(texts.get(index) ?? ""), "deltas do not add up");
      }
    }
  }
  assert.deepEqual([...open], [], "an item stayed open");
}
