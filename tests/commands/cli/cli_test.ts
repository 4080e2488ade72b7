import assert from "node:assert/strict";
import { Failure } from "../../../lib/base/errors.ts";
import { type CliDeps, run } from "../../../lib/commands/cli/cli.ts";

async function cli(argv: string, deps: Partial<CliDeps> = {}) {
  const called: unknown[] = [];
  let out = "";
  let err = "";
  const code = await run(argv.split(" ").filter(Boolean), {
    version: "1.2.3",
    terminal: { out: (text) => out += text, err: (text) => err += text, color: false },
    serve: (options) => (called.push({ serve: options }), Promise.resolve(0)),
    demo: (options) => (called.push({ demo: options }), Promise.resolve(1)),
    replay: (options) => (called.push({ replay: options }), Promise.resolve(0)),
    doctor: (options) => (called.push({ doctor: options }), Promise.resolve(1)),
    stress: (options) => (called.push({ stress: options }), Promise.resolve(0)),
    showVersion: (options) => (called.push({ showVersion: options }), Promise.resolve(0)),
    ...deps,
  });
  return { code, out, err, called };
}

const version = "1.2.3";
const calls: [argv: string, code: number, called: unknown][] = [
  ["", 0, { serve: { version } }],
  ["serve", 0, { serve: { version } }],
  ["--port 9000", 0, { serve: { version, port: "9000" } }],
  [
    "serve --config c.yaml --host ::1 --port=0 --log-level debug --log-format json",
    0,
    {
      serve: {
        version,
        config: "c.yaml",
        host: "::1",
        port: "0",
        logLevel: "debug",
        logFormat: "json",
      },
    },
  ],
  ["doctor", 1, { doctor: { version } }],
  ["doctor --json --live --yes", 1, { doctor: { version, json: true, live: true, yes: true } }],
  [
    "stress --upstream a --max-tokens 2m --report r.html",
    0,
    { stress: { version, upstream: "a", maxTokens: "2m", report: "r.html" } },
  ],
  [
    "--record d --record-only failures --record-content",
    0,
    { serve: { version, record: "d", recordOnly: "failures", recordContent: true } },
  ],
  ["replay f.jsonl", 0, { replay: { file: "f.jsonl" } }],
  ["replay f.jsonl --fast --port 1", 0, { replay: { file: "f.jsonl", fast: true, port: "1" } }],
  ["demo", 1, { demo: { codex: false } }],
  ["demo --codex", 1, { demo: { codex: true } }],
];
for (const [argv, code, call] of calls) {
  Deno.test(`cli: "sidecar ${argv}" runs the command and ends with its code`, async () => {
    assert.deepEqual(await cli(argv), { code, out: "", err: "", called: [call] });
  });
}

const mistakes: [argv: string, told: RegExp][] = [
  ["sevre", /unknown command 'sevre'\n\(Did you mean serve\?\)/],
  ["sevre --help", /unknown command 'sevre'\n\(Did you mean serve\?\)/],
  ["help sevre", /unknown command 'sevre'\n\(Did you mean serve\?\)/],
  ["service instal --help", /unknown command 'instal'\n\(Did you mean install\?\)/],
  ["--versoin", /unknown option '--versoin'\n\(Did you mean --version\?\)/],
  ["--prot 1", /unknown option '--prot'\n\(Did you mean --port\?\)/],
  ["demo --codx", /unknown option '--codx'\n\(Did you mean --codex\?\)/],
  ["serve --record d --record-only faults", /argument 'faults' is invalid\. It takes failures\n/],
  [
    "serve --record d --record-only failure",
    /is invalid\. It takes failures\. Did you mean failures\?/,
  ],
  ["completions", /needs a shell: bash, zsh, fish, powershell\nsidecar completions --help says/],
  ["completions bsh", /'bsh' is invalid[^]*bash, zsh, fish, powershell\. Did you mean bash\?/],
  ["version --chek", /unknown option '--chek'\n\(Did you mean --check\?\)/],
  ["replay", /missing required argument 'file'/],
  ["serve --port", /option '--port <number>' argument missing/],
  ["serve now", /too many arguments for 'serve'/],
];
for (const [argv, told] of mistakes) {
  Deno.test(`cli: "sidecar ${argv}" is refused with advice and runs nothing`, async () => {
    const { code, out, err, called } = await cli(argv);
    assert.match(err, told);
    assert.deepEqual({ code, out, called }, { code: 2, out: "", called: [] });
  });
}

for (
  const argv of [
    "--help",
    "-h",
    "help",
    "serve --help",
    "help serve",
    "--port 1 --help",
    "help service install",
  ]
) {
  Deno.test(`cli: "sidecar ${argv}" explains on standard output`, async () => {
    const { code, out, err, called } = await cli(argv);
    assert.match(out, /^Usage: sidecar /);
    assert.deepEqual({ code, err, called }, { code: 0, err: "", called: [] });
  });
}

Deno.test("cli: the help shows examples and exit codes", async () => {
  assert.match(
    (await cli("--help")).out,
    /Examples:\n {2}sidecar [^]*Exit codes:\n {2}0 {2}success/,
  );
});

Deno.test("cli: the version stands alone on standard output", async () => {
  for (const argv of ["--version", "-V"]) {
    assert.deepEqual(await cli(argv), { code: 0, out: "1.2.3\n", err: "", called: [] });
  }
});

Deno.test("cli: a build with a commit names it, and hands it to the command", async () => {
  const build = { version, commit: "4e37627", repository: "a/b" };
  for (const argv of ["--version", "-V"]) {
    assert.equal((await cli(argv, { build })).out, "1.2.3 (4e37627)\n");
  }
  const { called } = await cli("version --check --json --from https://a.example", { build });
  const from = "https://a.example";
  assert.deepEqual(called, [{ showVersion: { build, check: true, json: true, from } }]);
});

const failures: [unknown, number, string][] = [
  [
    new Failure("bad_config", "The configuration has a problem:\n  x", { hint: "Mend it" }),
    2,
    "sidecar: The configuration has a problem:\n  x\nMend it\n",
  ],
  [
    new Failure("unreachable", "host refused sk-0123456789abcdef"),
    1,
    "sidecar: host refused sk-[redacted]\n",
  ],
  [new TypeError("boom"), 1, "sidecar: The sidecar failed: boom\n"],
];
for (const [thrown, code, err] of failures) {
  Deno.test(`cli: a command that throws ${thrown} ends with ${code} and no stack trace`, async () => {
    const result = await cli("serve", { serve: () => Promise.reject(thrown) });
    assert.deepEqual(result, { code, out: "", err, called: [] });
  });
}
