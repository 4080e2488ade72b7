/**
 * One attempt without sockets: bytes or messages in, what the client gets out, through the real stages of a wire.
 *
 * @module
 */

import { seededRandom } from "../clock/fake_clock.ts";
import { asFailure, Failure } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";
import { Intake } from "../../../lib/proxy/intake.ts";
import { Ledger } from "../../../lib/proxy/answer/ledger.ts";
import { WIRES } from "../../../lib/proxy/wires/wires.ts";
import { writeSse } from "../../../lib/wire/sse.ts";
import { type SseMessage, sseReader } from "../../../lib/wire/sse.ts";

/** The limits of a configuration that says nothing. */
export const LIMITS = { event: 16 * 1024 ** 2, toolCalls: 128 };

/** A request with tools of each kind, so that every stage has work. */
export const REQUEST: JsonObject = {
  model: "mimo-v2.5-pro",
  stream: true,
  input: [{ type: "message", role: "user", content: "hi" }],
  tools: [
    { type: "function", name: "shell", parameters: { type: "object", properties: {} } },
    { type: "custom", name: "apply_patch" },
    { type: "tool_search", execution: "client", parameters: { type: "object" } },
    { type: "namespace", name: "mcp", tools: [{ type: "function", name: "read" }] },
  ],
};

/** One attempt; what was sent is counted and not kept. */
export class TestAttempt {
  /** Characters of the events that went to the client. */
  sent = 0;
  /** Characters of the messages that came. */
  came = 0;
  events = 0;
  failure: Failure | undefined;
  readonly ledger: Ledger;
  readonly #intake: Intake;

  constructor(wire: Wire, { request = REQUEST, limits = LIMITS, attempt = 1 } = {}) {
    const random = seededRandom(1);
    const profile = profileNamed("mimo");
    if (!profile) throw new Error("no profile");
    this.ledger = new Ledger({ random, codex: true });
    for (let n = 0; n < attempt; n++) this.ledger.begin();
    const { decoder } = WIRES[wire].encode(request, {
      profile,
      title: "Test",
      createdAt: 0,
      random,
      limits,
      classify: (error) => new Failure("refused", JSON.stringify(error).slice(0, 100)),
    });
    this.#intake = new Intake(decoder, this.ledger);
  }

  /** Takes messages until one fails. */
  push(messages: readonly SseMessage[]): void {
    if (this.failure) return;
    for (const { data } of messages) this.came += data.length;
    const { events, failure } = this.#intake.read(messages);
    for (const { data, type, text } of events) {
      this.events++;
      this.sent += writeSse({ event: type, data: text ?? JSON.stringify(data) }).length;
    }
    this.failure = failure;
  }

  end(): void {
    if (this.failure) return;
    try {
      this.events += this.#intake.end().length;
    } catch (error) {
      this.failure = asFailure(error);
    }
  }
}

/** Runs a whole answer. */
export function attempt(
  wire: Wire,
  answer: Iterable<JsonObject>,
  options?: ConstructorParameters<typeof TestAttempt>[1],
): TestAttempt {
  const run = new TestAttempt(wire, options);
  for (const json of answer) {
    run.push([{ data: JSON.stringify(json) }]);
    if (run.failure) break;
  }
  run.end();
  return run;
}

/** Runs bytes, in chunks of `length`. */
export function attemptBytes(wire: Wire, bytes: Uint8Array, length: number): TestAttempt {
  const run = new TestAttempt(wire);
  const reader = sseReader({ maxEvent: LIMITS.event, tail: wire === "chat" });
  try {
    for (let at = 0; at < bytes.length && !run.failure; at += length) {
      run.push(reader.push(bytes.subarray(at, at + length)));
    }
    run.push(reader.end());
  } catch (error) {
    run.failure = asFailure(error);
  }
  run.end();
  return run;
}
