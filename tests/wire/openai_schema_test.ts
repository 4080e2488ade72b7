/**
 * Whatever the sidecar writes itself is as OpenAI's published schema has it: the answers of the Chat wire, what is sent to
 * it, and what the ledger adds where a stream breaks.
 */

import assert from "node:assert/strict";
import { CHATS } from "../helpers/streams/chat_streams.ts";
import { seededRandom } from "../helpers/clock/fake_clock.ts";
import { eventFault, schemaFault } from "../helpers/streams/openai_schema.ts";
import { RECORDINGS } from "../helpers/streams/responses_streams.ts";
import { Failure } from "../../lib/base/errors.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import { completeAnswer } from "../../lib/proxy/answer/answer_form.ts";
import { Intake } from "../../lib/proxy/intake.ts";
import { Ledger, type LedgerOptions } from "../../lib/proxy/answer/ledger.ts";
import { WIRES } from "../../lib/proxy/wires/wires.ts";
import { profileNamed, PROFILES } from "../../lib/provider/profiles.ts";
import type { ResponsesEvent } from "../../lib/wire/responses.ts";
import { sseReader } from "../../lib/wire/sse.ts";

const random = seededRandom(11);
const context = {
  profile: profileNamed("generic")!,
  title: "Sim",
  random,
  createdAt: 1_800_000_000,
  limits: { event: 1 << 24, toolCalls: 128 },
  classify: (_: unknown, text: string) => new Failure("refused", text.slice(0, 80)),
};

/** Codex's kinds of tools under the names that the recordings call, so that their calls are restored as each kind. */
const TOOLS: Record<string, (name: string) => JsonObject> = {
  function: (name) => ({ type: "function", name }),
  custom: (name) => ({ type: "custom", name }),
  tool_search: (name) => ({ type: "tool_search", name, execution: "client" }),
  namespace: (name) => ({
    type: "namespace",
    name: "space",
    tools: [{ type: "function", name }],
  }),
};
const CALLED = [
  ...new Set(
    [...CHATS, ...RECORDINGS].flatMap(({ bytes }) =>
      [...new TextDecoder().decode(bytes).matchAll(/"name":\s*"([\w-]+)"/g)].map(([, name]) => name)
    ),
  ),
] as string[];

/** Plays the bytes of a stream as the next attempt of an exchange. */
function attempt(
  wire: "chat" | "responses",
  bytes: Uint8Array,
  ledger: Ledger,
  request: JsonObject = {},
  provider = "generic",
): ResponsesEvent[] {
  const profile = profileNamed(provider)!;
  const { decoder } = WIRES[wire].encode({ model: "m", input: "hi", ...request }, {
    ...context,
    profile,
  });
  const intake = new Intake(decoder, ledger);
  ledger.begin();
  const read = intake.read(sseReader({ maxEvent: 1 << 24, tail: true }).push(bytes));
  const events = [...read.events];
  if (read.failure) ledger.recordBreak(read.failure);
  else if (!ledger.ending) {
    try {
      events.push(...intake.end());
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      ledger.recordBreak(error);
    }
  }
  return events;
}

function ledgerFor(options: Partial<LedgerOptions> = {}): Ledger {
  return new Ledger({ random, codex: true, model: "m", createdAt: 1_800_000_000, ...options });
}

function assertValid(events: readonly ResponsesEvent[], where: string): void {
  for (const event of events) assert.equal(eventFault(event), undefined, where);
}

Deno.test("schema: it refuses an event without a required field, and an unknown event", () => {
  const events = attempt("chat", CHATS[0]!.bytes, ledgerFor());
  const text = events.find(({ type }) => type === "response.output_text.delta")!;
  assert.equal(eventFault(text), undefined);
  for (const field of Object.keys(text.data).filter((key) => key !== "type")) {
    const { [field]: _, ...rest } = text.data;
    assert.match(eventFault({ type: text.type, data: rest }) ?? "", /required/, field);
  }
  assert.match(eventFault({ type: "response.unheard_of", data: {} }) ?? "", /knows no such event/);
});

for (const [kind, tool] of Object.entries(TOOLS)) {
  Deno.test(`schema: every event of every Chat recording is valid, its calls restored as ${kind}`, () => {
    let count = 0;
    for (const { name, bytes } of CHATS) {
      const events = attempt("chat", bytes, ledgerFor(), { tools: CALLED.map(tool) });
      assertValid(events, name);
      count += events.length;
    }
    assert.ok(count > 5_000, `${count} events`);
  });
}

Deno.test("schema: a checkpoint made of a Chat answer is valid", () => {
  for (const { name, bytes } of CHATS) {
    const input = [{ type: "compaction_trigger" }];
    assertValid(attempt("chat", bytes, ledgerFor(), { input }), name);
  }
});

Deno.test("schema: what follows a break is valid: an early announcement, a replay, the end and the failure", () => {
  for (const codex of [true, false]) {
    for (const { name, bytes } of CHATS) {
      for (const part of [0, 0.3, 0.6, 0.9]) {
        const cut = bytes.subarray(0, Math.floor(bytes.length * part));
        for (const end of ["replay", "fail", "complete"] as const) {
          const where = `${name} to ${part}, ${end}, ${codex ? "Codex" : "another client"}`;
          const ledger = ledgerFor({ codex });
          const events = part === 0.3 ? ledger.announce() : [];
          events.push(...attempt("chat", cut, ledger));
          if (end === "replay" && !ledger.ending) events.push(...attempt("chat", bytes, ledger));
          if (!ledger.ending) {
            const last = end === "complete" && ledger.finished.length > 0
              ? ledger.complete()
              : ledger.fail("server_error", "It broke off", true);
            events.push(...last);
          }
          assertValid(events, where);
        }
      }
    }
  }
});

/** The events that no provider wrote. */
function own(events: readonly ResponsesEvent[], bytes: Uint8Array): ResponsesEvent[] {
  const theirs = new Set(
    sseReader({ maxEvent: 1 << 24, tail: true }).push(bytes).map(({ data }) => data),
  );
  return events.filter(({ text }) => text === undefined || !theirs.has(text));
}

Deno.test("schema: what the ledger adds to a broken Responses stream is valid", () => {
  let count = 0;
  // Of other servers' streams the items themselves are not as the schema has them.
  for (const { name, bytes } of RECORDINGS.filter(({ name }) => name.startsWith("openai-"))) {
    for (const part of [0.2, 0.5, 0.8]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * part));
      const ledger = ledgerFor({ codex: false });
      const events = attempt("responses", cut, ledger);
      if (ledger.ending) continue;
      const last = ledger.finished.length > 0
        ? ledger.complete()
        : ledger.fail("server_error", "It broke off", true);
      const made = own([...events, ...last], bytes);
      assertValid(made, `${name} to ${part}`);
      count += made.length;
    }
  }
  assert.ok(count > 20, `${count} events`);
});

Deno.test("schema: a call restored on the Responses wire is valid, with every event about it", () => {
  let count = 0;
  for (const { name, bytes } of RECORDINGS.filter(({ name }) => name.startsWith("openai-"))) {
    for (const kind of ["custom", "tool_search", "namespace"]) {
      const tools = CALLED.map(TOOLS[kind]!);
      const made = own(attempt("responses", bytes, ledgerFor(), { tools }, "mimo"), bytes);
      const calls = made.filter(({ type }) => /output_item|input|arguments/.test(type));
      assertValid(calls, `${name} as ${kind}`);
      count += calls.length;
    }
  }
  assert.ok(count > 20, `${count} events`);
});

Deno.test("schema: a complete answer made of a Chat stream is a valid Response", () => {
  for (const { name, bytes } of CHATS) {
    const events = attempt("chat", bytes, ledgerFor({ codex: false, streams: false }));
    const last = events.at(-1);
    if (!last?.data.response) continue;
    const response: Json = JSON.parse(completeAnswer.event(last));
    assert.equal(schemaFault("Response", response), undefined, name);
  }
});

const REQUESTS = Deno.readTextFileSync(
  new URL("../translate/codex_requests.jsonl", import.meta.url),
).trim().split("\n").map((line): { name: string; body: JsonObject } => JSON.parse(line));

Deno.test("schema: every Chat request is valid, but for what a provider's row adds", () => {
  let count = 0;
  for (const profile of PROFILES) {
    for (const { name, body } of REQUESTS) {
      const { body: sent } = WIRES.chat.encode(body, { ...context, profile });
      const fault = schemaFault("CreateChatCompletionRequest", sent);
      assert.equal(fault, undefined, `${name} for ${profile.name}`);
      count++;
    }
  }
  assert.ok(count >= 60, `${count} requests`);
});
