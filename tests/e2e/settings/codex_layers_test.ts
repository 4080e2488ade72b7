/**
 * The order of Codex's layers, asked of the real client: whom it asks is what the resolver says, with the layers as they
 * stand and again after `init`.
 */
import assert from "node:assert/strict";
import { USUAL_FRONTS } from "../../../lib/base/front_proxies.ts";
import { readArguments } from "../../../lib/patch/codex/flags/arguments.ts";
import { layersWith, readHome } from "../../../lib/patch/codex/layers/layer_files.ts";
import { leadOf } from "../../../lib/patch/codex/layers/lead.ts";
import { overrides } from "../../../lib/patch/codex/flags/overrides.ts";
import { systemDisk } from "../../../lib/patch/disk/system_disk.ts";
import type { PatchContext } from "../../../lib/patch/integration.ts";
import { codexBinary } from "../../helpers/codex/codex_binary.ts";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";
import { removeFolder, tempFolder } from "../../helpers/system/temp_folder.ts";

/** Whether a test may see an /etc of its own. */
const unshare = Deno.build.os === "linux" &&
  (await new Deno.Command("unshare", { args: ["-rm", "true"] }).output().catch(() => undefined))
      ?.success === true;

interface Case {
  readonly name: string;
  readonly home: Readonly<Record<string, string>>;
  readonly etc?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Whom Codex asks: the first part of the path. */
  readonly asks: string;
  /** Whether the overrides of `sidecar run` are tried too; each try costs a start of Codex. */
  readonly through?: boolean;
}

/** `URL(x)` becomes the address of the server, with `x` in its path. */
const table = (id: string, at = id) =>
  `[model_providers.${id}]\nname = "${id}"\nbase_url = "URL(${at})"\nrequest_max_retries = 0\nstream_max_retries = 0\n`;
const base = `model = "m"\nmodel_provider = "a"\n${table("a")}${table("b")}`;
const chooses = (id: string) => `model_provider = "${id}"\n`;

const cases: Case[] = [
  {
    name: "-p behind the subcommand over -p before it, -c over both",
    home: { "config.toml": base, "x.config.toml": chooses("b") + table("b", "x") },
    args: ["-p", "y", "exec", "-p", "x", "-c", "model=n"],
    asks: "x",
    through: true,
  },
  {
    name: "the last -c, whatever its spelling, and a table inline",
    home: { "config.toml": base },
    args: [
      "-cmodel_provider=b",
      "exec",
      "--config=model_provider='a'",
      "-c",
      'model_providers={a={name="A",base_url="URL(i)",request_max_retries=0}}',
      "-c=model_providers.a.base_url=URL(c)",
    ],
    asks: "c",
  },
  {
    name: "openai_base_url without a provider",
    home: {
      "config.toml": 'model = "m"\nopenai_base_url = "URL(o)"\n',
      "auth.json": '{"OPENAI_API_KEY":"sk-x"}',
    },
    asks: "o",
    through: true,
  },
  {
    name: "the machine's settings under the home's table",
    etc: { "config.toml": chooses("e") + table("e") },
    home: { "config.toml": 'model = "m"\n[model_providers.e]\nrequest_max_retries = 0\n' },
    asks: "e",
  },
  {
    name: "a managed URL over -c, requirements over a managed file",
    etc: {
      "requirements.toml": chooses("a"),
      "managed_config.toml": `${chooses("b")}[model_providers.a]\nbase_url = "URL(m)"\n`,
    },
    home: { "config.toml": base },
    args: ["-c", 'model_providers.a.base_url="URL(c)"'],
    asks: "m",
  },
];

Deno.test({
  name:
    "layers: whom the real Codex asks is what the resolver says, and sidecar run's overrides win where they may",
  ignore: !unshare,
  async fn(t) {
    const binary = await codexBinary();
    const asked: string[] = [];
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      (request) => {
        asked.push(new URL(request.url).pathname);
        return request.method === "POST"
          ? Response.json({ error: { message: "no", type: "invalid_request_error" } }, {
            status: 400,
          })
          : new Response(null, { status: 426 });
      },
    );
    const at = (text: string) =>
      text.replaceAll(/URL\((\w+)\)/g, `http://127.0.0.1:${server.addr.port}/$1/v1`);
    for (const { name, home, etc = {}, args = [], asks, through } of cases) {
      await t.step(name, async () => {
        const dir = await tempFolder("codex-layers-");
        try {
          await Deno.mkdir(`${dir}/home`);
          await Deno.mkdir(`${dir}/etc`);
          for (const [file, text] of Object.entries(home)) {
            await Deno.writeTextFile(`${dir}/home/${file}`, at(text));
          }
          for (const [file, text] of Object.entries(etc)) {
            await Deno.writeTextFile(`${dir}/etc/${file}`, at(text));
          }
          const own = args.map(at);
          const context = contextOf(dir);
          const read = await readHome(context, `${dir}/home/config.toml`);
          const { profile, flags, behind } = readArguments(own);
          const layers = layersWith(read, profile, flags);
          // The server stands for the sidecar: a relay URL of its port
          const facts = { port: 9, fronts: USUAL_FRONTS, login: false, taken: false };
          const lead = leadOf(layers, facts);
          const where = "placed" in lead
            ? lead.placed.value
            : "is" in lead && lead.is === "managed"
            ? lead.url
            : "";
          const run = async (line: readonly string[]) => {
            asked.length = 0;
            await codex(binary, dir, line);
            return asked.findLast((path) => path.endsWith("/responses"));
          };
          const line = own.includes("exec") ? own : [...own, "exec"];
          const path = await run(line);
          assert.equal(path, `/${asks}/v1/responses`);
          assert.equal(where, at(`URL(${asks})`));
          if (!through) return;
          const over = overrides(layers, facts, "config.toml").args
            .map((arg) => arg.replace("127.0.0.1:9/", `127.0.0.1:${server.addr.port}/`));
          const full = [...line.slice(0, behind), ...over, ...line.slice(behind)];
          assert.match(
            await run(full) ?? "",
            new RegExp(`^/r/http/127\\.0\\.0\\.1:\\d+/${asks}/v1/responses$`),
          );
        } finally {
          await removeFolder(dir);
        }
      });
    }
  },
});

/** The layers as the resolver reads them: /etc/codex is the test's own folder. */
function contextOf(dir: string): PatchContext {
  const moved = (path: string) => path.replace(/^\/etc\/codex\//, `${dir}/etc/`);
  return {
    system: "linux",
    env: { HOME: dir, CODEX_HOME: `${dir}/home` },
    port: 9,
    stateDir: `${dir}/state`,
    disk: { ...systemDisk, read: (path) => systemDisk.read(moved(path)) },
    clock: new FakeClock(),
    listening: () => Promise.resolve(false),
    processes: () => Promise.resolve([]),
  };
}

/** Starts Codex with `dir`'s own /etc/codex, and waits for its end. */
async function codex(binary: string, dir: string, line: readonly string[]): Promise<void> {
  const script = `mkdir -p "$1/all" && cp -r /etc/. "$1/all" 2>/dev/null; mkdir -p "$1/all/codex"
cp "$1"/etc/* "$1/all/codex/" 2>/dev/null; mount --bind "$1/all" /etc; shift; exec "$@"`;
  const child = new Deno.Command("unshare", {
    args: ["-rm", "sh", "-c", script, "sh", dir, binary, ...line, "--skip-git-repo-check", "hi"],
    cwd: dir,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", HOME: dir, CODEX_HOME: `${dir}/home` },
    stdin: "null",
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(120_000),
  });
  await child.output();
}
