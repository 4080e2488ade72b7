import assert from "node:assert/strict";
import { fc } from "../../helpers/fast_check.ts";
import { gist, magnitude, type WaitFact } from "../../../lib/base/wait/facts.ts";
import { MAX_LINE, sayWait, waitLanguage } from "../../../lib/base/wait/words.ts";

const who = "MiMo";
const cases: [WaitFact, string, string][] = [
  [{ kind: "silent", who, ms: 8_400 }, "MiMo is silent: 8 s", "MiMo 已 8 秒没有响应"],
  [{ kind: "silent", who, ms: 47_000 }, "MiMo is silent: 40 s", "MiMo 已 40 秒没有响应"],
  [{ kind: "silent", who, ms: 252_000 }, "MiMo is silent: 4 m", "MiMo 已 4 分钟没有响应"],
  [{ kind: "silent", who, ms: 7_300_000 }, "MiMo is silent: 2 h", "MiMo 已 2 小时没有响应"],
  [
    { kind: "silent", who, ms: 20_000, attempt: 2, of: 6 },
    "MiMo is silent: 20 s (2 of 6)",
    "MiMo 已 20 秒没有响应（第 2/6 次）",
  ],
  [
    { kind: "no_content", who, ms: 30_000 },
    "MiMo has no text yet: 30 s",
    "MiMo 已 30 秒没有输出内容",
  ],
  [
    { kind: "retry_wait", who, attempt: 2, of: 6, ms: 11_200 },
    "MiMo: attempt 2 of 6 in 12 s",
    "MiMo：12 秒后第 2/6 次尝试",
  ],
  [
    { kind: "retry_wait", who, attempt: 3, of: 6, ms: 61_000 },
    "MiMo: attempt 3 of 6 in 2 m",
    "MiMo：2 分钟后第 3/6 次尝试",
  ],
  [{ kind: "attempt", who, attempt: 2, of: 6 }, "MiMo: attempt 2 of 6", "MiMo：第 2/6 次尝试"],
  [
    { kind: "replay", who, attempt: 2, of: 6 },
    "MiMo broke off; attempt 2 of 6",
    "MiMo 回答中断，第 2/6 次尝试",
  ],
  [{ kind: "queue", who, position: 3 }, "MiMo: place 3 in the queue", "MiMo：排队第 3 位"],
  [{ kind: "fallback", who, instead: "Kimi" }, "Kimi answers for MiMo", "由 Kimi 代替 MiMo 回答"],
  [
    { kind: "helper_model", model: "mimo-v2.6-flash" },
    "Helper model: mimo-v2.6-flash",
    "辅助请求的模型：mimo-v2.6-flash",
  ],
  [{ kind: "again", who }, "MiMo is answering again", "MiMo 正在重新回答"],
  [{ kind: "asked", who }, "MiMo has the request", "已向 MiMo 发出请求"],
  [{ kind: "thinking", who }, "MiMo is thinking", "MiMo 正在思考"],
  [
    { kind: "answering", who, rate: 84.4 },
    "MiMo is answering: 84 tokens/s",
    "MiMo 正在回答：84 tokens/s",
  ],
  [{ kind: "answering", who, rate: 0 }, "MiMo is answering", "MiMo 正在回答"],
];

for (const [fact, english, chinese] of cases) {
  Deno.test(`wait words: ${english}`, () => {
    assert.deepEqual([sayWait(fact, "en"), sayWait(fact, "zh")], [english, chinese]);
  });
}

Deno.test("wait words: whatever the names and numbers, a line is short and holds no sign that ends a heading", () => {
  const text = fc.string({ unit: "binary", maxLength: 60 });
  const ms = fc.integer({ min: 0, max: 86_400_000 });
  const number = fc.integer({ min: 1, max: 100 });
  const fact: fc.Arbitrary<WaitFact> = fc.oneof(
    fc.record({ kind: fc.constant("silent" as const), who: text, ms, attempt: number, of: number }),
    fc.record({ kind: fc.constant("no_content" as const), who: text, ms }),
    fc.record({
      kind: fc.constant("retry_wait" as const),
      who: text,
      attempt: number,
      of: number,
      ms,
    }),
    fc.record({ kind: fc.constant("replay" as const), who: text, attempt: number, of: number }),
    fc.record({ kind: fc.constant("queue" as const), who: text, position: number }),
    fc.record({ kind: fc.constant("fallback" as const), who: text, instead: text }),
    fc.record({ kind: fc.constant("helper_model" as const), model: text }),
  );
  fc.assert(fc.property(fact, fc.constantFrom("en" as const, "zh" as const), (fact, language) => {
    const line = sayWait(fact, language);
    assert.ok(line.length <= MAX_LINE, line);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(line, /[*_`\u0000-\u001f\u007f\u2028\u2029]/);
    assert.ok(line.isWellFormed(), line);
  }));
});

Deno.test("wait words: a long name is shortened, the fact is not", () => {
  const fact = {
    kind: "attempt",
    who: "gateway.internal.example.com:8443",
    attempt: 2,
    of: 6,
  } as const;
  assert.equal(sayWait(fact, "en"), "gateway.…com:8443: attempt 2 of 6");
});

Deno.test("wait facts: the magnitude changes at 10, 20, 30 s, every minute, then every five", () => {
  const at = [0, 9, 10, 19, 20, 29, 30, 59, 60, 119, 120, 599, 600, 899, 900].map((s) =>
    magnitude(s * 1_000) / 1_000
  );
  assert.deepEqual(at, [0, 0, 10, 10, 20, 20, 30, 30, 60, 60, 120, 540, 600, 600, 900]);
});

Deno.test("wait facts: eight seconds of silence and twelve are the same news; a wait of eight and of twelve is not", () => {
  const silent = (ms: number) => gist({ kind: "silent", who, ms });
  const wait = (ms: number) => gist({ kind: "retry_wait", who, attempt: 2, of: 6, ms });
  assert.equal(silent(8_000), silent(12_000));
  assert.notEqual(silent(12_000), silent(20_000));
  assert.notEqual(wait(8_000), wait(12_000));
  assert.notEqual(
    gist({ kind: "attempt", who, attempt: 2, of: 6 }),
    gist({ kind: "attempt", who, attempt: 3, of: 6 }),
  );
});

const locales: [Record<string, string>, string, string][] = [
  [{}, "en-US", "en"],
  [{}, "zh-CN", "zh"],
  [{ LANG: "zh_CN.UTF-8" }, "en-US", "zh"],
  [{ LANG: "C.UTF-8" }, "zh-CN", "en"],
  [{ LANG: "zh_CN.UTF-8", LC_ALL: "de_DE.UTF-8" }, "zh-CN", "en"],
  [{ LC_MESSAGES: "zh_TW", LANG: "en_GB" }, "en-US", "zh"],
  [{ LANG: "" }, "zh", "zh"],
  [{ LANG: "zhx" }, "en", "en"],
];

Deno.test("wait words: the language is the system's", () => {
  for (const [env, locale, language] of locales) {
    assert.equal(waitLanguage((name) => env[name], locale), language, JSON.stringify(env));
  }
});
