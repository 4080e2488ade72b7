import assert from "node:assert/strict";
import type { Recording } from "../../lib/observe/recorder/recording.ts";
import { streamCase, withRow } from "./record_case.ts";

const attempt = (text: string): Recording["attempts"][number] => ({
  at: 0,
  head: { at: 1, status: 200, headers: {} },
  data: [{ at: 2, text: text.slice(0, 5) }, { at: 3, text: text.slice(5) }],
  end: { at: 4, how: "broke" },
  cut: false,
});
const recording: Recording = {
  upstream: "gateway",
  provider: "generic",
  wire: "chat",
  model: "m|1",
  content: false,
  attempts: [attempt("data: é\n\n"), attempt("<html>")],
  outcome: { outcome: "failed" },
};

Deno.test("record_case: an attempt becomes a stream and a row", () => {
  assert.deepEqual(streamCase(recording, { name: "chat-gateway-cut", attempt: 1 }), {
    file: "chat-gateway-cut.sse",
    body: "data: é\n\n",
    row: "| chat-gateway-cut.sse | 10 | m 1 | own recording of gateway | MIT (own recording) | " +
      "attempt 1 of 2, failed, ended: broke; texts masked. |",
  });
});

const refused: [
  name: string,
  recording: Recording,
  options: { name: string; attempt?: number },
  words: RegExp,
][] = [
  ["a name that no test would find", recording, { name: "gateway" }, /begins with chat-/],
  ["a name that is a path", recording, { name: "chat-../x" }, /begins with chat-/],
  [
    "a name of the other wire",
    { ...recording, wire: "responses" },
    { name: "chat-responses" },
    /holds responses/,
  ],
  ["a page", recording, { name: "chat-x" }, /Attempt 2 of 2 is no event stream/],
  ["an attempt that is not there", recording, { name: "chat-x", attempt: 7 }, /Attempt 7 of 2/],
];
for (const [name, given, options, words] of refused) {
  Deno.test(`record_case: ${name} is refused`, () => {
    assert.throws(() => streamCase(given, options), words);
  });
}

Deno.test("record_case: the row stands in the order of names, and once", () => {
  const table = "# T\n\n| file | bytes |\n|---|---|\n| a.sse | 1 |\n| c.sse | 3 |\n";
  const with_b =
    "# T\n\n| file | bytes |\n|---|---|\n| a.sse | 1 |\n| b.sse | 2 |\n| c.sse | 3 |\n";
  assert.equal(withRow(table, "| b.sse | 2 |"), with_b);
  assert.equal(withRow(with_b, "| b.sse | 2 |"), with_b);
  assert.equal(withRow(table, "| d.sse | 4 |"), table + "| d.sse | 4 |\n");
});
