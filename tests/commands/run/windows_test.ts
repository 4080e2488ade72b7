import assert from "node:assert/strict";
import { childCommand } from "../../../lib/commands/run/child.ts";
import { program } from "../../helpers/program/program.ts";
import { removeFolder } from "../../helpers/system/temp_folder.ts";

/**
 * Windows' own shell and Windows' own Deno (here under Wine, ../shared/tools/windows): a word of a prompt must never become
 * a command. Deno stands for Node: it runs a script when it is started as `node.exe codex.js`.
 */
const ignore = Deno.build.os !== "windows";

/** npm's batch file for a global package, as npm 11 writes it. */
const NPM = String.raw`@ECHO off
GOTO start
:find_dp0
SET dp0=%~dp0
EXIT /b
:start
SETLOCAL
CALL :find_dp0

IF EXIST "%dp0%\node.exe" (
  SET "_prog=%dp0%\node.exe"
) ELSE (
  SET "_prog=node"
  SET PATHEXT=%PATHEXT:;.JS;=;%
)

endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & "%_prog%"  "%dp0%\node_modules\@openai\codex\bin\codex.js" %*
`.replaceAll("\n", "\r\n");

/** A batch file of nobody's: what it starts cannot be read from it. */
const OTHER = '@echo off\r\nset "P=%~dp0node.exe"\r\nset "S=%~dp0args.js"\r\n"%P%" "%S%" %*\r\n';

const SHOW = "console.log(JSON.stringify(Deno.args));";

const INJECTION = 'print 5" & echo INJECTED> OUT.txt & rem ';

const prompts: string[] = [
  INJECTION,
  "a & echo INJECTED> OUT.txt",
  '" && echo INJECTED> OUT.txt && "',
  "'| echo INJECTED> OUT.txt",
  '\\" & echo INJECTED> OUT.txt & rem \\',
  '\\\\" & echo INJECTED> OUT.txt & rem \\\\',
  '^" ^& echo INJECTED^> OUT.txt & rem ^',
  '%PATH% %COMSPEC:~0,1% "%OS%" %~dp0 %1 %*',
  '!PATH! "!"',
  "(a) <b >c | d ; e , f = g",
  "ends in a slash \\",
  '""',
  "",
  "张 三 🦊",
];

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sidecar batch & file-" });
  try {
    await Deno.mkdir(`${folder}\\node_modules\\@openai\\codex\\bin`, { recursive: true });
    await Deno.writeTextFile(`${folder}\\node_modules\\@openai\\codex\\bin\\codex.js`, SHOW);
    await Deno.writeTextFile(`${folder}\\args.js`, SHOW);
    await Deno.writeTextFile(`${folder}\\codex.cmd`, NPM);
    await Deno.writeTextFile(`${folder}\\other.cmd`, OTHER);
    await Deno.copyFile(Deno.execPath(), `${folder}\\node.exe`);
    await run(folder);
  } finally {
    await removeFolder(folder);
  }
}

async function output(command: Deno.Command): Promise<string> {
  const { stdout, stderr } = await command.output();
  return (new TextDecoder().decode(stdout).trim() || new TextDecoder().decode(stderr)).trim();
}

Deno.test({
  name:
    "run on Windows: every word of a prompt reaches the program behind a batch file, and none becomes a command",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      for (const name of ["codex.cmd", "other.cmd"]) {
        const words = ["exec", "-c", 'x.base_url="http://127.0.0.1:1/v1"'];
        const options = { cwd: folder, stdin: "null", env: { DENO_NO_UPDATE_CHECK: "1" } } as const;
        for (const prompt of prompts) {
          const args = [...words, prompt];
          const said = await output(await childCommand(`${folder}\\${name}`, args, options));
          assert.equal(said, JSON.stringify(args), `${name}: ${prompt}`);
        }
        assert.ok(!await exists(`${folder}\\OUT.txt`), name);
      }
      const lines = ["exec", 'first\nsecond" & echo INJECTED> OUT.txt'];
      const said = await output(await childCommand(`${folder}\\codex.cmd`, lines, { cwd: folder }));
      assert.equal(said, JSON.stringify(lines));
      await assert.rejects(childCommand(`${folder}\\other.cmd`, lines, {}), {
        code: "bad_usage",
        message: /a batch file cannot be given a word with a line break$/,
      });
    }),
});

Deno.test({
  name: "run on Windows: sidecar run -- codex exec PROMPT through npm's batch file on the PATH",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const home = `${folder}\\home`;
      await Deno.mkdir(`${home}\\.codex`, { recursive: true });
      await Deno.writeTextFile(
        `${home}\\.codex\\config.toml`,
        'model_provider = "a"\n[model_providers.a]\nbase_url = "https://a.example/v1"\n',
      );
      const [command, ...start] = program;
      const said = await output(
        new Deno.Command(command, {
          args: [...start, "run", "--", "codex", "exec", INJECTION],
          cwd: folder,
          env: {
            // Lower case: names have none there
            Path: `${folder};${Deno.env.get("PATH")}`,
            userprofile: home,
            LocalAppData: `${home}\\local`,
            APPDATA: `${home}\\roaming`,
            DENO_NO_UPDATE_CHECK: "1",
          },
          stdin: "null",
        }),
      );
      assert.ok(said.endsWith(`"exec",${JSON.stringify(INJECTION)}]`), said);
      assert.match(said, /^\["-c","model_providers\.a\.base_url=/);
      assert.ok(!await exists(`${folder}\\OUT.txt`));
    }),
});

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
