import assert from "node:assert/strict";
import { run } from "../../../lib/commands/cli/cli.ts";

async function cli(argv: string) {
  const called: unknown[] = [];
  let err = "";
  const note = (name: string, code: number) => (options: unknown) => {
    called.push(name, options);
    return Promise.resolve(code);
  };
  const code = await run(argv.split(" "), {
    version: "1.2.3",
    terminal: { out: () => {}, err: (text) => err += text, color: false },
    init: note("init", 0),
    installService: note("install", 1),
    uninstallService: note("uninstall", 0),
    showService: note("status", 1),
  });
  return { code, err, called };
}

const calls: [argv: string, code: number, called: unknown[]][] = [
  ["service install", 1, ["install", {}]],
  [
    "service install --config a.yaml --port 9000 --dry-run",
    1,
    ["install", { config: "a.yaml", port: "9000", dryRun: true }],
  ],
  ["service uninstall --dry-run", 0, ["uninstall", { dryRun: true }]],
  ["service status --json", 1, ["status", { json: true }]],
  ["init --service", 0, ["init", { service: true }]],
];
for (const [argv, code, called] of calls) {
  Deno.test(`cli: "sidecar ${argv}" runs the command and ends with its code`, async () => {
    assert.deepEqual(await cli(argv), { code, err: "", called });
  });
}

const mistakes: [argv: string, told: RegExp][] = [
  ["service", /install {5}start it now and at every login/],
  ["service instal", /unknown command 'instal'\n\(Did you mean install\?\)/],
  ["service install --prot 1", /unknown option '--prot'\n\(Did you mean --port\?\)/],
  ["service status now", /too many arguments/],
];
for (const [argv, told] of mistakes) {
  Deno.test(`cli: "sidecar ${argv}" says what there is and ends with 2`, async () => {
    const { code, err, called } = await cli(argv);
    assert.deepEqual([code, called], [2, []]);
    assert.match(err, told);
  });
}
