import assert from "node:assert/strict";
import { runCodex } from "../../../lib/commands/run/run.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { startProvider } from "../../../lib/simulate/provider.ts";
import { lines } from "../../helpers/codex/codex.ts";
import { testMachine } from "../../helpers/settings/machine.ts";
import { MemoryDisk } from "../../helpers/settings/memory_disk.ts";
import { sidecarCommand } from "../../helpers/program/program.ts";
import { removeFolder } from "../../helpers/system/temp_folder.ts";

const ignore = Deno.build.os === "windows";

/** A home whose Codex has a provider, and a script that stands for Codex. */
async function home(
  script: string,
  more: Record<string, string> = {},
  args: readonly string[] = ["exec", "say hi"],
) {
  const dir = await Deno.makeTempDir({ prefix: "sidecar-run-" });
  const config = `model_provider = "a"\n[model_providers.a]\nbase_url = "https://a.example/v1"\n`;
  await Deno.mkdir(`${dir}/.codex`);
  await Deno.writeTextFile(`${dir}/.codex/config.toml`, config);
  await Deno.writeTextFile(`${dir}/codex`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const child = sidecarCommand(["run", "--", `${dir}/codex`, ...args], {
    clearEnv: true,
    env: {
      ...Deno.env.toObject(),
      HOME: dir,
      CODEX_HOME: "",
      XDG_STATE_HOME: "",
      XDG_CONFIG_HOME: `${dir}/config`,
      ...more,
    },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return { dir, child };
}

function tree(dir: string): string[] {
  return [...Deno.readDirSync(dir)].flatMap(({ name, isDirectory }) =>
    isDirectory ? tree(`${dir}/${name}`) : [`${dir}/${name}`]
  ).sort();
}

Deno.test({
  name:
    "run: Codex gets its overrides before its own arguments, and its exit code is the command's",
  ignore,
  async fn() {
    const { dir, child } = await home(`printf '%s\\n' "$@"; echo "$NO_PROXY" >&2; exit 7`);
    const { code, stdout, stderr } = await child.output();
    const args = new TextDecoder().decode(stdout).trim().split("\n");
    assert.match(
      args[1] ?? "",
      /^model_providers\.a\.base_url="http:\/\/127\.0\.0\.1:\d+\/r\/https\/a\.example\/v1"$/,
    );
    assert.deepEqual(args.slice(-2), ["exec", "say hi"]);
    assert.match(new TextDecoder().decode(stderr), /127\.0\.0\.1,localhost,::1\n$/);
    assert.equal(code, 7);
    assert.deepEqual(tree(dir), [`${dir}/.codex/config.toml`, `${dir}/codex`]);
    await removeFolder(dir);
  },
});

Deno.test({
  name:
    "run: the keys behind the private port are for Codex alone, which learns its token from its environment",
  ignore,
  async fn() {
    const provider = await startProvider({
      script: () => goodScript({ wire: "responses", text: "Yes." }),
    });
    const { dir, child } = await home(
      `printf '%s\\n' "$@" "token $CODEX_SIDECAR_RUN_TOKEN"; while [ ! -e "$0.done" ]; do sleep 0.05; done`,
      {
        SIM_KEY: "sk-abcdefgh12345678",
        SIDECAR_UPSTREAMS_SIM_BASE_URL: provider.url,
        SIDECAR_UPSTREAMS_SIM_API_KEY: "env:SIM_KEY",
      },
    );
    const args: string[] = [];
    for await (const line of lines(child.stdout)) {
      args.push(line);
      if (line.startsWith("token ")) break;
    }
    const token = args.pop()?.slice("token ".length) ?? "";
    const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(args.join())?.[0];
    const ask = async (headers: Record<string, string>) => {
      const response = await fetch(`${origin}/u/sim/v1/responses`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ model: "m", stream: true, input: "Hello" }),
      });
      await response.text();
      return response.status;
    };
    const strangers = [
      await ask({}),
      await ask({ authorization: "Bearer x" }),
      await ask({ "x-sidecar-token": token.slice(1) }),
    ];
    assert.deepEqual([strangers, provider.requests.length], [[401, 401, 401], 0]);
    assert.equal(await ask({ "x-sidecar-token": token }), 200);
    const { headers } = provider.posts[0] ?? {};
    assert.equal(headers?.authorization, "Bearer sk-abcdefgh12345678");
    assert.equal(headers?.["x-sidecar-token"], undefined);
    assert.match(token, /^[0-9a-f]{64}$/);
    assert.ok(!args.join().includes(token), "the token stands on the command line");
    assert.ok(
      args.includes(
        `model_providers.a.env_http_headers.x-sidecar-token="CODEX_SIDECAR_RUN_TOKEN"`,
      ),
      args.join("\n"),
    );
    await Deno.writeTextFile(`${dir}/codex.done`, "");
    await child.stderr.cancel();
    assert.equal((await child.status).code, 0);
    await provider.stop();
    await removeFolder(dir);
  },
});

for (
  const [signal, script, exit] of [
    ["SIGTERM", "trap 'exit 42' TERM; echo up; while :; do sleep 0.05; done", 42],
    ["SIGINT", "trap 'exit 43' INT; echo up; while :; do sleep 0.05; done", 43],
    ["SIGTERM", "echo up; exec sleep 60", 143],
  ] as const
) {
  Deno.test({
    name: `run: ${signal} reaches Codex, which ends with ${exit}`,
    ignore,
    async fn() {
      const { dir, child } = await home(script);
      const reader = child.stdout.getReader();
      await reader.read();
      child.kill(signal);
      assert.equal((await child.status).code, exit);
      await reader.cancel();
      await child.stderr.cancel();
      await removeFolder(dir);
    },
  });
}

const refused: [
  name: string,
  argv: string[],
  files: Record<string, string>,
  code: string,
  says: RegExp,
][] = [
  ["no command", [], {}, "bad_usage", /needs a command/],
  ["a Codex without a provider", ["codex"], {}, "bad_config", /names no model_provider/],
  [
    "a program that is not there",
    ["no-such-codex"],
    {
      "/h/.codex/config.toml":
        `model_provider = "a"\n[model_providers.a]\nbase_url = "https://a.example"\n`,
    },
    "bad_usage",
    /^Cannot start no-such-codex: there is no such program$/,
  ],
];
for (const [name, argv, files, code, message] of refused) {
  Deno.test(`run: ${name} is refused, and the private sidecar is gone`, async () => {
    const machine = testMachine(new MemoryDisk(files));
    await assert.rejects(runCodex(argv, { version: "0" }, machine), { code, message });
    assert.deepEqual(machine.disk.written, []);
  });
}

Deno.test({
  name: "run: what the command line chooses is led through, behind the last of its own options",
  ignore,
  async fn() {
    const own = ["-c", 'model_providers.a.base_url="https://c.example/v1"'];
    const { dir, child } = await home(`printf '%s\\n' "$@"`, {}, [...own, "exec", "say -c hi"]);
    const args = new TextDecoder().decode((await child.output()).stdout).trim().split("\n");
    assert.deepEqual(args.slice(0, 2), own);
    assert.match(
      args[3] ?? "",
      /^model_providers\.a\.base_url="http:.*\/r\/https\/c\.example\/v1"$/,
    );
    assert.deepEqual(args.slice(-2), ["exec", "say -c hi"]);
    await removeFolder(dir);
  },
});

Deno.test({
  name: "run: Codex's own switch for a model on this machine is refused, with the reason",
  ignore,
  async fn() {
    const { dir, child } = await home("echo started", {}, ["exec", "--oss", "hi"]);
    const { code, stdout, stderr } = await child.output();
    assert.deepEqual([code, stdout.length], [2, 0]);
    assert.match(new TextDecoder().decode(stderr), /--oss makes Codex ask a model on this machine/);
    await removeFolder(dir);
  },
});
