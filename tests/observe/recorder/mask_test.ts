import assert from "node:assert/strict";
import { type AnswerMaskOptions, mask } from "../../../lib/observe/recorder/mask.ts";
import { fc } from "../../helpers/fast_check.ts";
import { CHATS } from "../../helpers/streams/chat_streams.ts";
import { RECORDINGS } from "../../helpers/streams/responses_streams.ts";

function clean(text: string, options: Partial<AnswerMaskOptions> = {}): string {
  const work = mask(text, { keep: false, refusal: false, known: [], ...options });
  for (let step = work.next();; step = work.next()) if (step.done) return step.value;
}

function sse(...events: unknown[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
}

function delta(fields: object, index = 0): object {
  return { id: "c1", object: "chunk", choices: [{ index, delta: fields, finish_reason: null }] };
}

const masked: [name: string, text: string, shown: string][] = [
  [
    "an answer's text goes, its events stay",
    `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"delta":"Hello, Bob"}\n\n`,
    `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"delta":"aaaaa, aaa"}\n\n`,
  ],
  [
    "arguments stay JSON, in pieces too",
    sse(
      delta({ arguments: '{"cmd":"cat \\"a' }),
      delta({ arguments: 'b\\n\\u00e9 x","n":20,"ok":true}' }),
    ),
    sse(
      delta({ arguments: '{"cmd":"aaa \\"a' }),
      delta({ arguments: 'a\\n\\u0061 a","n":10,"ok":true}' }),
    ),
  ],
  [
    "tags that carry meaning stay, names in them go",
    sse(delta({ content: "<think>Bob?</think><function=shell>x<b>y" })),
    sse(delta({ content: "<think>aaaa</think><function=aaaaa>aaaaa" })),
  ],
  [
    "an error keeps its words",
    sse({ error: { message: "Quota of Bob is used up", code: "insufficient_quota" } }),
    sse({ error: { message: "Quota of Bob is used up", code: "insufficient_quota" } }),
  ],
  [
    "comments and the end mark stay",
    ": ping Bob\n\ndata: [DONE]\n\n",
    ": ping Bob\n\ndata: [DONE]\n\n",
  ],
  ["a name that is none goes", sse({ type: "not a name: Bob" }), sse({ type: "aaa a aaaa: aaa" })],
  ["a key's value goes whole", sse({ api_key: "hunter2, yes" }), sse({ api_key: "************" })],
  ["an event cut in a string", 'data: {"delta":"Hello, B', 'data: {"delta":"aaaaa, a'],
  [
    "an event broken by a line break",
    'data: {"delta":"Hello\nBob"}\n\n',
    'data: {"delta":"aaaaa\naaa"}\n\n',
  ],
  [
    "data over several lines",
    'data: {"type":\ndata: "x", "text":\ndata: "Bob"}\n\n',
    'data: {"type":\ndata: "x", "text":\ndata: "aaa"}\n\n',
  ],
  [
    "bytes of other line ends",
    'data: {"delta":"Bob"}\r\rdata: {"delta":"B"}\r\n\r\n',
    'data: {"delta":"aaa"}\r\rdata: {"delta":"a"}\r\n\r\n',
  ],
  ["a mark of byte order", '\uFEFFdata: {"delta":"Bob"}\n\n', '\uFEFFdata: {"delta":"aaa"}\n\n'],
  [
    "line breaks that only JavaScript knows",
    'data: {"delta":"B\u2028ob"}\n\n',
    'data: {"delta":"a\u2028aa"}\n\n',
  ],
  ["data that is no JSON", "data: Hello Bob\n\n", "data: aaaaa aaa\n\n"],
  ["a line of nothing known", "data: {}\n\nHello\n", "data: {}\n\naaaaa\n"],
  [
    "letters of other scripts, escaped or not",
    'data: {"delta":"你\\u597d!"}\n\n',
    'data: {"delta":"a\\u0061a"}\n\n',
  ],
  [
    "a whole JSON answer",
    '{"object":"response","output_text":"Bob"}',
    '{"object":"response","output_text":"aaa"}',
  ],
  ["a page", "<html>502 Bad Gateway</html>", "<html>502 Bad Gateway</html>"],
  ["plain text", "Hello Bob", "aaaaa aaa"],
];
for (const [name, text, shown] of masked) {
  Deno.test(`recorder_mask: ${name}`, () => {
    assert.equal(clean(text), shown);
    assert.equal(shown.length, text.length);
  });
}

Deno.test("recorder_mask: a refusal may be read, but no key in it", () => {
  const text = JSON.stringify({ info: "no credit", hint: "Incorrect key sk-0123456789abcdef" });
  const shown = JSON.stringify({ info: "no credit", hint: "Incorrect key sk-****************" });
  assert.equal(clean(text, { refusal: true }), shown);
});

Deno.test("recorder_mask: readable, an answer stays as it is but for what is private", () => {
  const text = sse(delta({ content: "Bob's key is tp-c9x8v7b6n5m4a3s2d1f0 in /home/bob/.env" }));
  const shown = sse(delta({ content: "Bob's key is tp-******************** in /home/***/.env" }));
  assert.equal(clean(text, { keep: true }), shown);
});

Deno.test("recorder_mask: a secret that arrives letter by letter is one secret", () => {
  const secret = "see sk-4f9a8b7c6d5e4f3a2b1c0d9e /home/alice/x";
  const shown = "see sk-************************ /home/*****/x";
  const spelled = (text: string) => sse(...[...text].map((content) => delta({ content })));
  assert.equal(clean(spelled(secret), { keep: true }), spelled(shown));
  const calls = (text: string) =>
    sse(
      ...[...text].flatMap((
        content,
        i,
      ) => [delta({ content }), delta({ content: `${i % 10}` }, 1)]),
    );
  assert.equal(clean(calls(secret), { keep: true }), calls(shown));
});

for (
  const { name, bytes } of [...CHATS, ...RECORDINGS].filter(({ bytes }) => bytes.length < 60_000)
) {
  Deno.test(`recorder_mask: ${name} keeps its form, and parses as before`, () => {
    const text = new TextDecoder().decode(bytes);
    const out = clean(text);
    assert.equal(out.length, text.length);
    assert.deepEqual(
      out.split("\n").map((line) => line.length),
      text.split("\n").map((line) => line.length),
    );
    for (const line of out.split("\n").filter((line) => line.startsWith("data: {"))) {
      JSON.parse(line.slice(6));
    }
    assert.equal(clean(text, { keep: true }).length, text.length);
  });
}

Deno.test("recorder_mask: nothing of a private word survives, wherever it stands in whatever JSON", () => {
  const secret = "sk-9f8e7d6c5b4a39281706";
  const anywhere = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(
        `x ${secret} y`,
        secret,
        "/home/alice/x",
        "C:\\Users\\alice\\y",
        1,
        null,
        '\\" é\n',
      ),
      fc.array(tie("json"), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom("delta", "type", "name", "message", "a b", secret, "/home/alice"),
        tie("json"),
      ),
    ),
  })).json;
  fc.assert(
    fc.property(
      fc.array(anywhere, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      fc.nat(),
      (events, keep, cut) => {
        const text = sse(...events);
        const part = text.slice(0, cut % (text.length + 1));
        for (const given of [text, part]) {
          const out = clean(given, { keep });
          assert.equal(out.length, given.length);
          assert.ok(!out.includes(secret) && !/alice/.test(out), out);
        }
      },
    ),
  );
});
