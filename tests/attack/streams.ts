/**
 * Hostile event streams: each would cost quadratic time or boundless memory in a proxy that trusts it.
 *
 * @module
 */

import {
  again,
  type Attack,
  chatEnd,
  chunk,
  event,
  head,
  MIB,
  pour,
  responsesEnd,
  responsesStart,
} from "./attack.ts";

type Texts = (scale: number) => Iterable<string>;

/** A row that pours texts behind a good head. */
function stream(wire: Attack["wire"], name: string, texts: Texts): Attack {
  return {
    name,
    wire,
    async play(out, { scale }) {
      await out.write(head());
      await pour(out, texts(scale));
    },
  };
}

/** The same on either wire. */
function both(name: string, texts: Texts): Attack[] {
  return [stream("responses", name, texts), stream("chat", name, texts)];
}

function* counted(count: number, make: (at: number) => string): Generator<string> {
  for (let at = 0; at < count; at++) yield make(at);
}

function* after(first: string, texts: Iterable<string>, last = ""): Generator<string> {
  yield first;
  yield* texts;
  yield last;
}

function added(at: number, item: Record<string, unknown>): string {
  return event("response.output_item.added", { output_index: at, item });
}

function message(at: number): Record<string, unknown> {
  return { type: "message", id: `msg_${at}`, role: "assistant", content: [] };
}

function callItem(at: number): Record<string, unknown> {
  return { type: "function_call", id: `fc_${at}`, call_id: `call_${at}`, name: "f", arguments: "" };
}

function chatCall(at: number): Record<string, unknown> {
  return { index: at, id: `call_${at}`, function: { name: "f", arguments: "{}" } };
}

const KEYS = "sk-".repeat(90_000);
const DEPTH = 100_000;
const DEEP = `${'{"a":'.repeat(DEPTH)}1${"}".repeat(DEPTH)}`;

/** Before any content is known, where the sidecar still decides what it has before it. */
const opening: Attack[] = [
  stream("responses", "32 MiB of blanks", (scale) => again(" ", 32 * MIB * scale)),
  stream("responses", "32 MiB of line ends", (scale) => again("\n", 32 * MIB * scale)),
  stream("chat", "8 MiB of carriage returns", (scale) => again("\r", 8 * MIB * scale)),
  stream(
    "responses",
    "512 KiB of open braces on lines",
    (scale) => after(responsesStart(), again("\n{", MIB / 2 * scale)),
  ),
  stream(
    "chat",
    "512 KiB of open braces on lines, none of them whole",
    (scale) => after(chunk({ content: "a" }), again('\r{"error":', MIB / 2 * scale)),
  ),
  stream("chat", "512 KiB of open brackets", (scale) => again("[", MIB / 2 * scale)),
  ...both("32 MiB of unknown fields", (scale) => again("foo: bar\n", 32 * MIB * scale)),
  ...both("32 MiB of comments", (scale) => again(": ping\n\n", 32 * MIB * scale)),
  ...both("a line of 100 MiB", (scale) => after("data: ", again("a", 100 * MIB * scale))),
  stream("responses", "a field's name of 100 MiB", (scale) => again("a", 100 * MIB * scale)),
  stream("responses", "32 MiB of empty data lines", (scale) => again("data:\n", 32 * MIB * scale)),
  stream("chat", "4 MiB of empty messages", (scale) => again("data:\n\n", 4 * MIB * scale)),
  stream("responses", "8 MiB of braces as data", (scale) => again("data: {\n\n", 8 * MIB * scale)),
];

const responses: Attack[] = [
  stream("responses", "an error event of 270 KB of sk-", () => [
    responsesStart(),
    event("error", { code: "server_error", message: KEYS }),
  ]),
  stream("responses", "a failure of 270 KB of sk- with a code that is one too", () => [
    responsesStart(),
    event("response.failed", {
      response: { id: "resp_1", status: "failed", error: { code: KEYS, message: KEYS } },
    }),
  ]),
  stream(
    "responses",
    "50,000 announced items",
    (scale) =>
      after(
        responsesStart(),
        counted(50_000 * scale, (at) => added(at, message(at))),
        responsesEnd([]),
      ),
  ),
  stream(
    "responses",
    "50,000 announced items, all numbered 0",
    (scale) => after(responsesStart(), counted(50_000 * scale, (at) => added(0, message(at)))),
  ),
  stream(
    "responses",
    "50,000 announced calls",
    (scale) => after(responsesStart(), counted(50_000 * scale, (at) => added(at, callItem(at)))),
  ),
  stream(
    "responses",
    "30,000 content parts",
    (scale) =>
      after(
        responsesStart() + added(0, message(0)),
        counted(30_000 * scale, (at) =>
          event("response.content_part.added", {
            item_id: "msg_0",
            output_index: 0,
            content_index: at,
            part: { type: "output_text", text: "" },
          })),
      ),
  ),
  stream(
    "responses",
    "100,000 beginnings",
    (scale) => counted(100_000 * scale, () => responsesStart()),
  ),
  stream("responses", "an event nested 100,000 deep", () => [
    responsesStart(),
    `event: response.output_item.added\ndata: {"type":"response.output_item.added","output_index":0,"item":${DEEP}}\n\n`,
  ]),
  stream(
    "responses",
    "halves of characters, 50,000 deltas",
    (scale) =>
      after(
        responsesStart() + added(0, message(0)),
        counted(50_000 * scale, () =>
          'data: {"type":"response.output_text.delta","item_id":"msg_0","output_index":0,"content_index":0,"delta":"\\ud83d"}\n\n'),
      ),
  ),
];

const chat: Attack[] = [
  stream("chat", "an error object of 270 KB of sk-", () => [
    chunk({ role: "assistant" }),
    `data: ${JSON.stringify({ error: { message: KEYS, code: "x" } })}\n\n`,
  ]),
  stream("chat", "<think> 36,000 times in deltas of 3 characters", (scale) => {
    const text = "<think>".repeat(36_000 * scale);
    return after(
      "",
      counted(
        Math.ceil(text.length / 3),
        (at) => chunk({ content: text.slice(3 * at, 3 * at + 3) }),
      ),
      chatEnd("stop"),
    );
  }),
  stream(
    "chat",
    "<think> opened and closed 20,000 times",
    (scale) =>
      after(
        "",
        counted(20_000 * scale, () => chunk({ content: "<think>a</think>b" })),
        chatEnd("stop"),
      ),
  ),
  stream(
    "chat",
    "100,000 messages of no choice",
    (scale) =>
      after("", counted(100_000 * scale, () => 'data: {"choices":[]}\n\n'), chatEnd("stop")),
  ),
  stream("chat", "100,000 empty choices in a message", () => [
    `data: {"choices":[${Array(100_000).fill("{}").join(",")}]}\n\n`,
    chatEnd("stop"),
  ]),
  stream(
    "chat",
    "1,000,000 indexes of calls",
    (scale) =>
      counted(
        10_000 * scale,
        (batch) =>
          chunk({ tool_calls: Array.from({ length: 100 }, (_, at) => chatCall(batch * 100 + at)) }),
      ),
  ),
  stream("chat", "a call numbered a thousand million", () => [
    chunk({ tool_calls: [chatCall(1e9)] }),
    chatEnd("tool_calls"),
  ]),
  stream("chat", "a tool's name of 256 KiB in single characters", (scale) => {
    const piece = { index: 0, function: { name: "n" } };
    return after(
      chunk({ tool_calls: [{ ...piece, id: "call_1" }] }),
      counted(MIB / 4 * scale, () => chunk({ tool_calls: [piece] })),
      chatEnd("tool_calls"),
    );
  }),
  stream("chat", "arguments nested 100,000 deep", () => [
    chunk({ tool_calls: [{ index: 0, id: "call_1", function: { name: "f", arguments: DEEP } }] }),
    chatEnd("tool_calls"),
  ]),
  stream("chat", "a message nested 100,000 deep", () => [
    `data: {"choices":[{"index":0,"delta":{"content":"a","more":${DEEP}}}]}\n\n`,
    chatEnd("stop"),
  ]),
  stream(
    "chat",
    "reasoning and text by turns, 20,000 times",
    (scale) =>
      after(
        "",
        counted(20_000 * scale, () => chunk({ reasoning_content: "r" }) + chunk({ content: "t" })),
        chatEnd("stop"),
      ),
  ),
];

/** The rows of this file. */
export const STREAMS: readonly Attack[] = [...opening, ...responses, ...chat];
