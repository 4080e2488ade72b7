import assert from "node:assert/strict";
import { readMark } from "../../lib/service/service.ts";
import { utf16, windowsTask, windowsWord } from "../../lib/service/windows_task.ts";
import { fc } from "../helpers/fast_check.ts";
import { xmlTexts } from "../helpers/system/xml_texts.ts";
import { service, text } from "./service.ts";

const user = { systemRoot: "C:\\Windows", sid: "S-1-5-21-1-2-3-1001" };

const words: [text: string, written: string][] = [
  ["serve", "serve"],
  ["--log-dir", "--log-dir"],
  ["C:\\bin\\sidecar.exe", "C:\\bin\\sidecar.exe"],
  ["", '""'],
  ["C:\\Users\\张 三\\a.yaml", '"C:\\Users\\张 三\\a.yaml"'],
  ["ends in a slash\\", '"ends in a slash\\\\"'],
  ['a "b"', '"a \\"b\\""'],
  ['a\\"b', '"a\\\\\\"b"'],
  ["a\\\\b c", '"a\\\\b c"'],
];
for (const [plain, written] of words) {
  Deno.test(`windows task: ${plain || "an empty word"} is written so that it comes back`, () => {
    assert.equal(windowsWord(plain), written);
  });
}

Deno.test("windows task: whatever the program and its arguments, Windows takes the line apart as it was meant", () => {
  fc.assert(fc.property(text, fc.array(text), (program, args) => {
    const task = windowsTask({ ...service, command: [program, ...args] }, user);
    const [line] = xmlTexts(task, "Arguments");
    assert.deepEqual(takeApart(line ?? ""), ["--headless", program, ...args]);
  }));
});

Deno.test("windows task: for this user alone, at logon and every minute that it does not run, without limits", () => {
  const task = windowsTask(
    { ...service, by: "sidecar service install", home: "C:\\Users\\a & b" },
    user,
  );
  const facts = [
    "UserId",
    "LogonType",
    "RunLevel",
    "MultipleInstancesPolicy",
    "Interval",
    "ExecutionTimeLimit",
    "DisallowStartIfOnBatteries",
    "StopIfGoingOnBatteries",
    "Command",
    "WorkingDirectory",
  ];
  assert.deepEqual(Object.fromEntries(facts.map((name) => [name, xmlTexts(task, name)])), {
    UserId: [user.sid, user.sid],
    LogonType: ["InteractiveToken"],
    RunLevel: ["LeastPrivilege"],
    MultipleInstancesPolicy: ["IgnoreNew"],
    Interval: ["PT1M"],
    ExecutionTimeLimit: ["PT0S"],
    DisallowStartIfOnBatteries: ["false"],
    StopIfGoingOnBatteries: ["false"],
    Command: ["C:\\Windows\\System32\\conhost.exe"],
    WorkingDirectory: ["C:\\Users\\a & b"],
  });
  assert.deepEqual(readMark(task), { by: "sidecar service install", port: 8411 });
});

Deno.test("windows task: UTF-16, little end first, begins with its mark and loses nothing", () => {
  assert.deepEqual([...utf16("a张😀")], [255, 254, 97, 0, 32, 95, 61, 216, 0, 222]);
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    assert.equal(new TextDecoder("utf-16le").decode(utf16(text)), text);
  }));
});

/** `CommandLineToArgvW`, but for its first word: 2n backslashes and a quote are n and a switch, 2n+1 are n and a quote. */
function takeApart(line: string): string[] {
  const out: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let at = 0; at < line.length;) {
    const [, slashes = "", quote] = /^(\\*)("?)/.exec(line.slice(at)) ?? [];
    const char = line[at] as string;
    if (slashes || quote) {
      at += slashes.length + (quote?.length ?? 0);
      word ??= "";
      if (!quote) word += slashes;
      else {
        word += "\\".repeat(Math.floor(slashes.length / 2));
        if (slashes.length % 2 === 1) word += '"';
        else quoted = !quoted;
      }
    } else {
      at++;
      if (!quoted && (char === " " || char === "\t")) {
        if (word !== undefined) out.push(word);
        word = undefined;
      } else word = (word ?? "") + char;
    }
  }
  return word === undefined ? out : [...out, word];
}
