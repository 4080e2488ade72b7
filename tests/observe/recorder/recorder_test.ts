import assert from "node:assert/strict";
import {
  combineObservers,
  type ExchangeRecord,
  type ExchangeStart,
  silent,
} from "../../../lib/observe/observer.ts";
import { recorder, type RecorderOptions } from "../../../lib/observe/recorder/recorder.ts";
import { recordingFolder } from "../../../lib/observe/recorder/folder.ts";
import { shapeOf } from "../../../lib/observe/recorder/shape.ts";
import { readRecording } from "../../../lib/observe/recorder/recording.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { removeFolder } from "../../helpers/system/temp_folder.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const SECRET = "sk-4f9a8b7c6d5e4f3a2b1c0d9e";

function start(
  id = "0123456789abcdef",
  body: ExchangeStart["body"] = { model: "m" },
): ExchangeStart {
  return {
    id,
    target: {
      name: "gateway",
      wire: "chat",
      profile: { name: "generic" },
      timeouts: { head: 5 },
      retry: { attempts: 2 },
    },
    body,
    headers: new Headers({
      authorization: `Bearer plain-key-of-no-known-form`,
      "x-api-key": SECRET,
      cookie: "session=1",
      "x-codex-turn-metadata": '{"/home/alice/src":1}',
      "user-agent": "codex_cli_rs/0.169.0",
      accept: "text/event-stream",
    }),
  };
}

const record: ExchangeRecord = {
  id: "0123456789abcdef",
  upstream: "gateway",
  model: "m",
  path: "/responses",
  status: 502,
  head: 2,
  firstContent: null,
  longestSilence: 0,
  heartbeats: 0,
  replays: 0,
  attempts: 1,
  outcome: "failed",
  code: "overloaded",
  message: `Acme refused ${SECRET} from /home/alice`,
  duration: 20,
};

function record_(options: Partial<RecorderOptions> = {}) {
  const saved: [name: string, lines: readonly string[]][] = [];
  const notices: string[] = [];
  const observer = recorder({
    clock: { ...systemClock, wall: () => Date.UTC(2026, 10, 23, 7, 20, 11, 123) },
    version: "1.2.3",
    keepContent: false,
    onlyFailures: false,
    salt: "salt",
    homes: ["/data/people/alice"],
    save: (name, lines) => (saved.push([name, lines]), Promise.resolve()),
    notice: (_, message) => notices.push(message),
    ...options,
  });
  const received = (at: number, text: string, id = record.id) =>
    observer.received?.(id, { kind: "bytes", bytes: bytes(text) }, at);
  return { observer, saved, notices, received };
}

Deno.test("recorder: a file holds what happened in order, and nothing private", async () => {
  const { observer, saved, received } = record_();
  observer.began?.(start());
  observer.received?.(record.id, { kind: "sent" }, 1);
  observer.received?.(record.id, {
    kind: "head",
    status: 503,
    headers: new Headers({ "retry-after": "2", "set-cookie": "x", "content-type": "text/plain" }),
  }, 2.04);
  received(3, "busy, plain-key-of-no-");
  received(4, "known-form at /data/people/alice");
  observer.received?.(record.id, { kind: "ended" }, 5);
  observer.received?.(record.id, { kind: "broke", code: "overloaded", message: `no ${SECRET}` }, 6);
  observer.finished(record);
  await observer.flush();
  const [[name, lines] = ["", []], ...more] = saved;
  assert.deepEqual(more, []);
  assert.equal(name, "2026-11-23T07-20-11-123Z-01234567-failed.jsonl");
  assert.deepEqual(lines.map((line) => JSON.parse(line)), [
    {
      kind: "recording",
      format: 1,
      at: "2026-11-23T07:20:11.123Z",
      sidecar: "1.2.3",
      content: "masked",
    },
    {
      kind: "request",
      id: record.id,
      upstream: "gateway",
      provider: "generic",
      wire: "chat",
      model: "m",
      path: "/responses",
      timeouts: { head: 5 },
      retry: { attempts: 2 },
      headers: { accept: "text/event-stream", "user-agent": "codex_cli_rs/0.169.0" },
      body: { model: "m" },
    },
    { kind: "sent", at: 1 },
    {
      kind: "head",
      at: 2,
      status: 503,
      headers: { "content-type": "text/plain", "retry-after": "2" },
    },
    { kind: "data", at: 3, text: "busy, ****************" },
    { kind: "data", at: 4, text: "********** at ******************" },
    { kind: "ended", at: 5 },
    { kind: "broke", at: 6, code: "overloaded", message: "no sk-************************" },
    {
      ...record,
      kind: "outcome",
      message: "Acme refused sk-************************ from /home/*****",
    },
  ]);
});

Deno.test("recorder: a file that is read back is the attempts that were", async () => {
  const { observer, saved, received } = record_({ keepContent: true });
  observer.began?.(start());
  for (const [at, end] of [[0, "silence"], [10, "broken_stream"], [20, "bad_answer"]] as const) {
    observer.received?.(record.id, { kind: "sent" }, at);
    received(at + 1, `data: ${at}\n\n`);
    observer.received?.(record.id, { kind: "broke", code: end, message: "m" }, at + 2);
  }
  observer.received?.(record.id, { kind: "sent" }, 30);
  observer.finished({ ...record, outcome: "client_gone" });
  await observer.flush();
  const { attempts, outcome, ...rest } = readRecording(saved[0]?.[1].join("\n") ?? "");
  assert.deepEqual(rest, {
    upstream: "gateway",
    provider: "generic",
    wire: "chat",
    model: "m",
    content: true,
  });
  assert.equal(outcome.outcome, "client_gone");
  assert.deepEqual(attempts.map(({ at, end, data }) => [at, end.how, data.length]), [
    [0, "silent", 1],
    [10, "broke", 1],
    [20, "left", 1],
    [30, "silent", 0],
  ]);
});

Deno.test("recorder: only failures means those, and exchanges that were saved from one", async () => {
  const { observer, saved } = record_({ onlyFailures: true });
  const ends: [string, Partial<ExchangeRecord>][] = [
    ["aaaaaaaa", { outcome: "completed" }],
    ["bbbbbbbb", { outcome: "completed", attempts: 2 }],
    ["cccccccc", { outcome: "failed" }],
    ["dddddddd", { outcome: "client_gone" }],
  ];
  for (const [id, change] of ends) {
    observer.began?.(start(id));
    observer.finished({ ...record, ...change, id });
  }
  await observer.flush();
  assert.deepEqual(saved.map(([name]) => name.slice(25)), [
    "bbbbbbbb-completed.jsonl",
    "cccccccc-failed.jsonl",
  ]);
});

Deno.test("recorder: what is too much is left out and counted, of one exchange and of all", async () => {
  const { observer, saved, received } = record_({ keepContent: true, maxBytes: 10, maxHeld: 15 });
  for (const id of ["a", "b"]) {
    observer.began?.(start(id));
    observer.received?.(id, { kind: "sent" }, 0);
  }
  for (const id of ["a", "b"]) {
    for (const text of ["data: 1\n", "234", "5", "6"]) received(1, text, id);
  }
  observer.finished({ ...record, id: "a" });
  observer.finished({ ...record, id: "b" });
  await observer.flush();
  const kept = saved.map(([, lines]) =>
    lines.map((line) => JSON.parse(line)).filter(({ kind }) =>
      kind === "data" || kind === "dropped"
    )
      .map(({ text, bytes }) => text ?? bytes)
  );
  assert.deepEqual(kept, [["data: 1\n", 5], [13]]);
  observer.began?.(start("c"));
  received(1, "data: 1\n", "c");
  observer.finished({ ...record, id: "c" });
  await observer.flush();
  assert.ok(
    saved[2]?.[1].some((line) => line.includes("data: 1")),
    "what was written is free again",
  );
});

Deno.test("recorder: a folder that cannot be written costs a notice and nothing else", async () => {
  const { observer, notices } = record_({ save: () => Promise.reject(new Error("disk full")) });
  observer.began?.(start());
  observer.finished(record);
  observer.finished({ ...record, id: "passed through" });
  await observer.flush();
  assert.deepEqual(notices, ["A recording of 0 B could not be kept: disk full"]);
});

Deno.test("recorder: nobody is told of bytes where nobody records", () => {
  assert.equal(combineObservers(silent, silent).received, undefined);
  assert.equal(combineObservers(silent, silent).began, undefined);
  const { observer } = record_();
  assert.equal(typeof combineObservers(silent, observer).received, "function");
});

const body = {
  model: "m",
  instructions: "You are Codex in /home/alice",
  input: [
    { type: "message", role: "user", content: [{ type: "input_text", text: "the same" }] },
    { type: "function_call_output", call_id: "call_1", output: "the same" },
  ],
  tools: [{
    type: "function",
    name: "shell",
    parameters: { properties: { cmd: { type: "string" } } },
  }],
  api_key: "hunter2",
  "/home/alice": { note: `see ${SECRET}` },
  max_output_tokens: 5,
};

Deno.test("recorder_shape: a request is its form, with a digest for every text", () => {
  const digest = /^#[0-9a-f]{12} \(\d+\)$/;
  const shape = shapeOf(body, { keep: false, salt: "s", known: [] }) as typeof body;
  const { instructions, input, api_key, "/home/alice": _, ...rest } = shape;
  assert.match(instructions, digest);
  const [first, second] = input as [typeof body.input[0], typeof body.input[1]];
  assert.equal(first.content?.[0]?.text, second.output, "equal texts have equal digests");
  assert.deepEqual([first.role, second.call_id, api_key], ["user", "call_1", "[redacted]"]);
  assert.deepEqual(rest.tools, body.tools);
  assert.equal(rest.max_output_tokens, 5);
  assert.doesNotMatch(JSON.stringify(shape), /alice|Codex|the same|hunter2|4f9a/);
  const other = shapeOf(body, { keep: false, salt: "t", known: [] }) as typeof body;
  assert.notEqual(other.instructions, instructions, "a digest is worth nothing elsewhere");
});

Deno.test("recorder_shape: readable, a request is itself but for what is private", () => {
  assert.deepEqual(shapeOf(body, { keep: true, salt: "s", known: [] }), {
    ...Object.fromEntries(Object.entries(body).filter(([key]) => key !== "/home/alice")),
    instructions: "You are Codex in /home/*****",
    api_key: "[redacted]",
    "/home/*****": { note: "see sk-************************" },
  });
});

Deno.test("recorder_folder: whole files, their owner's alone, within bounds, and nothing else is touched", async () => {
  const dir = `${await Deno.makeTempDir()}/made/here`;
  const save = await recordingFolder(dir, { file: 120, folder: 300 });
  await Deno.writeTextFile(`${dir}/mine.txt`, "x".repeat(1_000));
  const name = (n: number) => `2026-11-23T07-20-1${n}-123Z-01234567-failed.jsonl`;
  for (let n = 0; n < 5; n++) {
    await save(name(n), ['{"a":1}', `{"long":"${"y".repeat(80)}"}`, '{"z":1}']);
  }
  const left = [...Deno.readDirSync(dir)].map((file) => file.name).sort();
  assert.deepEqual(left, [name(3), name(4), "mine.txt"]);
  if (Deno.build.os !== "windows") {
    assert.equal((await Deno.stat(`${dir}/${name(4)}`)).mode! & 0o777, 0o600);
    assert.equal((await Deno.stat(dir)).mode! & 0o777, 0o700);
  }
  await save(name(9), ['{"a":1}', `{"long":"${"y".repeat(200)}"}`, '{"b":1}', '{"z":1}']);
  assert.equal(
    await Deno.readTextFile(`${dir}/${name(9)}`),
    '{"a":1}\n{"kind":"dropped","at":0}\n{"z":1}\n',
  );
  await removeFolder(dir);
});

for (
  const [name, text, words] of [
    ["no JSON", "hello", /no recording/],
    ["another JSON", '{"kind":"x"}', /no recording/],
    ["a newer one", '{"kind":"recording","format":2}', /format 2/],
    [
      "a wire of tomorrow",
      '{"kind":"recording","format":1}\n{"kind":"request","wire":"smoke"}\n{"kind":"sent","at":0}',
      /of the wire smoke/,
    ],
    ["no wire", '{"kind":"recording","format":1}\n{"kind":"sent","at":0}', /names no wire/],
    ["a broken line", '{"kind":"recording","format":1}\n{"kind', /broken/],
  ] as const
) {
  Deno.test(`recording: ${name} is refused`, () => {
    assert.throws(() => readRecording(text), words);
  });
}
