import assert from "node:assert/strict";
import { batchArguments, behindBatchFile } from "../../../lib/commands/run/batch_file.ts";

const HERE = "C:\\n\\codex.cmd";
const texts: [name: string, text: string, behind: [file: string, script: boolean] | undefined][] = [
  [
    "npm's",
    '"%_prog%"  "%dp0%\\node_modules\\@openai\\codex\\bin\\codex.js" %*\r\n',
    ["C:\\n\\node_modules\\@openai\\codex\\bin\\codex.js", true],
  ],
  [
    "an older npm's and pnpm's, which say it twice",
    '@IF EXIST "%~dp0\\node.exe" (\r\n  "%~dp0\\node.exe"  "%~dp0\\..\\x\\codex.js" %*\r\n) ELSE (\r\n' +
    '  @SETLOCAL\r\n  @SET PATHEXT=%PATHEXT:;.JS;=;%\r\n  node  "%~dp0\\..\\x\\codex.js" %*\r\n)',
    ["C:\\x\\codex.js", true],
  ],
  ["one of a program", '@"%~dp0\\..\\bin\\codex.exe"   %*', ["C:\\bin\\codex.exe", false]],
  [
    "one that starts now this, now that",
    'if x ("%~dp0\\a.exe" %*) else ("%~dp0\\b.exe" %*)',
    undefined,
  ],
  [
    "npm's, whole",
    '  SET "_prog=%dp0%\\node.exe"\r\n) ELSE (\r\n  SET "_prog=node"\r\n)\r\n"%_prog%"  "%dp0%\\a.js" %*',
    ["C:\\n\\a.js", true],
  ],
  ["one that adds words of its own behind", '"%~dp0\\a.js" --flag %*', undefined],
  ["one that names a program by a variable", '"%P%" %*', undefined],
  ["one that another runtime than Node runs", '@deno run "%~dp0\\a.js" %*', undefined],
  ["npm's for another runtime", 'SET "_prog=bun"\r\n"%_prog%" "%dp0%\\a.js" %*', undefined],
  ["an empty one", "", undefined],
];
for (const [name, text, behind] of texts) {
  Deno.test(`batch_file: what stands behind ${name}`, () => {
    const found = behindBatchFile(text, HERE);
    assert.deepEqual(found && [found.file, found.script], behind);
  });
}

Deno.test("batch_file: every word is escaped twice, and one with a line break is refused", () => {
  assert.deepEqual(batchArguments(HERE, ['5" & x', "C:\\", "%a"]), [
    "/d",
    "/s",
    "/c",
    '""C:\\n\\codex.cmd" ^^^"5\\^^^"^^^ ^^^&^^^ x^^^" ^^^"C:\\\\^^^" ^^^"%%cd:~,%a^^^""',
  ]);
  for (const word of ["a\nb", "a\r", "\0"]) {
    assert.throws(() => batchArguments(HERE, [word]), { code: "bad_usage" });
  }
});
