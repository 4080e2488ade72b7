import assert from "node:assert/strict";
import { codexCommand } from "../../../lib/commands/run/launcher.ts";

/** `|` is where the sidecar's options go. */
const divided = [
  "codex | exec hello",
  "codex |",
  "/opt/bin/codex | -m x",
  "C:\\n\\codex.cmd | exec npx",
  "my-codex-wrapper | exec",
  "npx @openai/codex | exec -c a=1",
  "npx -y @openai/codex@0.169.0 | exec",
  "npx.cmd --yes --package @openai/codex codex | exec",
  "npx -p @openai/codex -- codex | exec",
  "npx --package=@openai/codex codex | -c x",
  "bunx @openai/codex | exec",
  "bunx --bun @openai/codex@latest | exec",
  "bun x @openai/codex | exec",
  "bun /opt/codex.js | exec",
  "pnpm dlx @openai/codex | exec",
  "pnpm --silent dlx @openai/codex | exec",
  "pnpm exec codex | exec",
  "pnpx @openai/codex |",
  "yarn dlx -q @openai/codex | exec",
  "yarn codex | exec",
  "node /usr/lib/node_modules/@openai/codex/bin/codex.js | exec",
  "node --no-warnings -r ./x.js C:\\n\\codex.js | exec",
  "node any-script.mjs | exec",
  "deno run -A npm:@openai/codex | exec",
  "deno -A npm:@openai/codex@0.169.0 | exec",
  "env -u A B=c codex | exec",
  "env B=c npx -y @openai/codex | exec",
  "nice -n 5 codex | exec",
  "timeout -k 1 90s codex | exec",
  "nohup node codex.js | exec",
  "caffeinate -i codex | exec",
  "mise exec -- codex | exec",
];
for (const line of divided) {
  Deno.test(`launcher: ${line}`, () => {
    const words = line.split(" ");
    const at = words.indexOf("|");
    const argv = words.filter((word) => word !== "|");
    assert.deepEqual(codexCommand(argv), {
      program: argv[0],
      before: argv.slice(1, at),
      args: argv.slice(at),
    });
  });
}

const refused: [line: string, reason: RegExp][] = [
  ["", /^sidecar run needs a command$/],
  ["npx", /through npx: it names nothing to start$/],
  ["npx -y", /names nothing to start/],
  ["npx -c codex", /-c makes it read a line/],
  ["npx --call=codex", /--call makes it read a line/],
  ["npx claude", /starts claude, which is not known to be Codex/],
  ["npm exec @openai/codex", /^Cannot run Codex through npm: /],
  ["node -e 1 codex", /-e makes it read/],
  ["pnpm install", /starts install, which/],
  ["sh -c codex", /a shell reads the line by itself/],
  ["C:\\Windows\\System32\\CMD.EXE /c codex", /through C:\\Windows\\System32\\CMD\.EXE: a shell/],
  ["env A=b bash -lc codex", /through bash: a shell/],
  ["sudo codex", /drops the environment/],
  ["wsl codex", /another machine/],
  ["env -S codex", /-S makes it read/],
];
for (const [line, message] of refused) {
  Deno.test(`launcher: refused: ${line || "nothing"}`, () => {
    const argv = line === "" ? [] : line.split(" ");
    assert.throws(() => codexCommand(argv), { code: "bad_usage", message });
  });
}
