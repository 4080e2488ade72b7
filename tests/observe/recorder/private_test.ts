import assert from "node:assert/strict";
import { isSecretName } from "../../../lib/base/secrets/forms.ts";
import { hide, hideInSteps } from "../../../lib/observe/recorder/private.ts";

const hidden: [text: string, shown: string][] = [
  ["key sk-4f9a8b7c6d5e4f3a2b1c, then", "key sk-********************, then"],
  ["Bearer abcdef0123456789", "Bearer ****************"],
  ["in /home/alice/src/app.ts:3", "in /home/*****/src/app.ts:3"],
  ["/Users/alice.b/Library", "/Users/*******/Library"],
  ["file:///Users/alice", "file:///Users/*****"],
  ["/mnt/c/Users/Alice/x", "/mnt/c/Users/*****/x"],
  [String.raw`C:\Users\Alice\code`, String.raw`C:\Users\*****\code`],
  [String.raw`c:\users\Alice Smith\code`, String.raw`c:\users\***********\code`],
  [String.raw`"C:\\Users\\Alice\\code"`, String.raw`"C:\\Users\\*****\\code"`],
  [String.raw`{\"cwd\":\"C:\\\\Users\\\\Al\"}`, String.raw`{\"cwd\":\"C:\\\\Users\\\\**\"}`],
  ["C:/Users/Alice/code", "C:/Users/*****/code"],
  [String.raw`\/home\/alice\/x`, String.raw`\/home\/*****\/x`],
  ["file%2Fhome%2Falice%2Fx", "file%2Fhome%2F*****%2Fx"],
  ["/home/alice/.ssh and /Users/bob", "/home/*****/.ssh and /Users/***"],
];
for (const [text, shown] of hidden) {
  Deno.test(`recorder_private: ${text} becomes ${shown}`, () => {
    assert.equal(hide(text), shown);
    assert.equal(shown.length, text.length);
    assert.equal(hide(shown), shown, "twice is once");
  });
}

Deno.test("recorder_private: what this machine knows to be secret is hidden wherever it stands", () => {
  const known = ["plainkey-without-form", "/data/people/alice", "abc"];
  assert.equal(
    hide("plainkey-without-form at /data/people/alice/x abc", known),
    "********************* at ******************/x abc",
  );
});

Deno.test("recorder_private: what is private to nobody stays", () => {
  for (
    const text of [
      "",
      "the home of users: /usr/home and /homes/x",
      "sk-learn",
      "https://example.com/home and more",
      "msg_68a1b2c3d4e5f60718293a4b5c6d7e8f",
    ]
  ) assert.equal(hide(text), text);
});

Deno.test("recorder_private: a secret that holds what stands around it leaves nothing", () => {
  const text = 'a "token": "a ,b, a" b "password": "a" c';
  assert.equal(hide(text), 'a "token": "*******" b "password": "*" c');
});

const names: [name: string, secret: boolean][] = [
  ["api_key", true],
  ["apiKey", true],
  ["x-api-key", true],
  ["Authorization", true],
  ["access_token", true],
  ["accessToken", true],
  ["token", true],
  ["client_secret", true],
  ["password", true],
  ["set-cookie", true],
  ["max_output_tokens", false],
  ["total_tokens", false],
  ["prompt_cache_key", false],
  ["name", false],
];
for (const [name, secret] of names) {
  Deno.test(`recorder_private: ${name} ${secret ? "names a secret" : "names none"}`, () => {
    assert.equal(isSecretName(name), secret);
  });
}

Deno.test("recorder_private: in steps a long text is hidden as in one, also where a key stands across two", () => {
  const key = "sk-4f9a8b7c6d5e4f3a2b1c";
  for (const before of [65_536 - 30, 65_536 - 12, 65_536 - 1, 65_536, 131_072 - 5]) {
    const text = `${"word ".repeat(before / 5).slice(0, before)} ${key} ${"more ".repeat(20_000)}`;
    const steps = hideInSteps(text, []);
    let step = steps.next();
    let yields = 0;
    for (; !step.done; step = steps.next()) yields++;
    assert.ok(yields >= 2);
    assert.equal(step.value, hide(text));
    assert.ok(!step.value.includes(key.slice(8)));
  }
});
