import assert from "node:assert/strict";
import { basename } from "node:path";
import { replay } from "../../../lib/commands/recordings/replay.ts";
import type { Recording } from "../../../lib/observe/recorder/recording.ts";
import { attemptScript } from "../../../lib/simulate/replay.ts";
import {
  cut,
  eof,
  hang,
  head,
  raw,
  reset,
  type Script,
  wait,
} from "../../../lib/simulate/script.ts";

const lines = [
  { kind: "recording", format: 1, content: "masked" },
  { kind: "request", upstream: "gateway", provider: "generic", wire: "chat", model: "m-1" },
  { kind: "sent", at: 0 },
  {
    kind: "head",
    at: 1,
    status: 503,
    headers: { "content-type": "text/plain", "retry-after": "1" },
  },
  { kind: "data", at: 1, text: "busy" },
  { kind: "ended", at: 1 },
  { kind: "broke", at: 1, code: "overloaded", message: "busy" },
  { kind: "sent", at: 9_000 },
  { kind: "head", at: 9_500, status: 200, headers: { "content-type": "text/event-stream" } },
  { kind: "data", at: 9_500, text: "data: 1\n\n" },
  { kind: "ended", at: 9_500 },
  { kind: "outcome", outcome: "completed", message: "well" },
];

/** Runs the command on a file of these lines while `use` runs. */
async function playing(
  file: string,
  use: (url: string) => Promise<void>,
  flags: { fast?: boolean; port?: string } = {},
): Promise<{ code: number; out: string }> {
  const path = await Deno.makeTempFile({ suffix: ".jsonl" });
  await Deno.writeTextFile(path, file);
  let out = "";
  let stop = () => {};
  const ready = Promise.withResolvers<string>();
  const code = replay({ file: path, ...flags }, {
    screen: {
      out(text) {
        out += text;
        const url = /base_url: "([^"]+)"/.exec(out)?.[1];
        if (url) ready.resolve(url);
      },
      err: () => {},
      color: false,
    },
    stopOn(run) {
      stop = run;
      return () => {};
    },
  });
  try {
    await use(await Promise.race([ready.promise, code.then(() => "")]));
    stop();
    return { code: await code, out: out.replace(basename(path), "FILE") };
  } finally {
    await Deno.remove(path);
  }
}

const text = lines.map((line) => JSON.stringify(line)).join("\n");
const post = async (url: string, path: string) => {
  const answer = await fetch(`${url}${path}`, { method: "POST", body: "{}" });
  return [answer.status, answer.headers.get("retry-after"), await answer.text()];
};

Deno.test("replay: answers each request with the next attempt, and begins again", async () => {
  const { code, out } = await playing(text, async (url) => {
    assert.deepEqual(await post(url, "/chat/completions"), [503, "1", "busy"]);
    assert.deepEqual(await post(url, "/chat/completions"), [200, null, "data: 1\n\n"]);
    assert.deepEqual(await post(url, "/chat/completions"), [503, "1", "busy"]);
    const models = await (await fetch(`${url}/models`)).json();
    assert.equal(models.data[0].id, "m-1");
    const [status, , words] = await post(url, "/responses");
    assert.equal(status, 400);
    assert.match(String(words), /set wire: chat/);
  }, { fast: true });
  assert.equal(code, 0);
  const url = /http:[^"\s;]+/.exec(out)?.[0] as string;
  assert.equal(
    out.replaceAll(url, "URL").split("POST")[0],
    `FILE: gateway m-1, 2 attempts, completed: well
Its texts are unreadable: the answer has the form and the faults, not the text.
Playing it at URL; Ctrl-C ends it. For the sidecar's config.yaml:

upstreams:
  replay: { base_url: "URL", wire: chat, provider: generic }

`,
  );
  assert.match(out, /POST \/v1\/chat\/completions: attempt 2\n/);
});

const refusals: [name: string, flags: { file: string; port?: string }, words: RegExp][] = [
  ["a file that is not there", { file: "/nowhere.jsonl" }, /cannot be read: .*/],
  ["a port that is none", { file: "", port: "many" }, /--port is "many"/],
  ["a file without attempts", { file: "short" }, /no request/],
];
for (const [name, flags, words] of refusals) {
  Deno.test(`replay: ${name} is refused`, async () => {
    const path = await Deno.makeTempFile();
    await Deno.writeTextFile(path, flags.file === "short" ? JSON.stringify(lines[0]) : text);
    const file = flags.file.startsWith("/") ? flags.file : path;
    await assert.rejects(replay({ ...flags, file }), words);
    await Deno.remove(path);
  });
}

type Attempt = Recording["attempts"][number];
const top = { at: 110, status: 200, headers: {} };
const one = { at: 100, head: top, data: [{ at: 150, text: "a" }], cut: false };
const scripts: [name: string, attempt: Attempt, script: Script][] = [
  [
    "times count from the request",
    { ...one, end: { at: 400, how: "eof" } },
    [wait(10), head(200), wait(40), raw("a"), wait(250), eof],
  ],
  [
    "a break is a cut",
    { ...one, end: { at: 150, how: "broke", message: "unexpected EOF" } },
    [wait(10), head(200), wait(40), raw("a"), cut],
  ],
  [
    "or a reset, where it was one",
    { ...one, end: { at: 150, how: "broke", message: "Connection reset by peer" } },
    [wait(10), head(200), wait(40), raw("a"), reset],
  ],
  ["no head in time", { ...one, head: undefined, data: [], end: { at: 100, how: "silent" } }, [
    hang,
  ]],
  ["no connection", { ...one, head: undefined, data: [], end: { at: 100, how: "broke" } }, [reset]],
  [
    "what was too large is cut where it was",
    { ...one, cut: true, end: { at: 150, how: "eof" } },
    [wait(10), head(200), wait(40), raw("a"), cut],
  ],
];
for (const [name, attempt, script] of scripts) {
  Deno.test(`replay: ${name}`, () => assert.deepEqual(attemptScript(attempt), script));
}

Deno.test("replay: fast leaves out pauses, not the silence at the end", () => {
  const attempt: Attempt = { ...one, end: { at: 9_000, how: "silent" } };
  assert.deepEqual(attemptScript(attempt, { fast: true }), [head(200), raw("a"), hang]);
});
