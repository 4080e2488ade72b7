/** The npm packages: laid out, published to a real registry on loopback, installed, run, upgraded, uninstalled. */

import assert from "node:assert/strict";
import { layOut } from "../../.ci/npm.ts";
import { mainManifest, platformManifest, PLATFORMS } from "../../.ci/npm_packages.ts";
import { npmFolder } from "../helpers/system/npm_folder.ts";
import { inNpmWorld, type NpmWorld, verdaccio } from "./npm_world.ts";
import { removeFolder } from "../helpers/system/temp_folder.ts";

const release = { version: "0.1.0", repository: "someone/codex-sidecar" };
const platform = PLATFORMS.find(({ os, cpu }) =>
  os === Deno.build.os && cpu === (Deno.build.arch === "x86_64" ? "x64" : "arm64")
);

Deno.test("npm: the launcher names one package for each build of the release workflow, by exact version", () => {
  const workflow = Deno.readTextFileSync(
    new URL("../../.github/workflows/release.yml", import.meta.url),
  );
  const built = new Set(
    [...workflow.matchAll(/\{ name: (sidecar-\w+-\w+), target/g)].map((m) => m[1]),
  );
  assert.deepEqual(new Set(PLATFORMS.map(({ build }) => build)), built);
  const { optionalDependencies, ...main } = JSON.parse(JSON.stringify(mainManifest(release)));
  assert.deepEqual(optionalDependencies, {
    "codex-sidecar-linux-x64": "0.1.0",
    "codex-sidecar-linux-arm64": "0.1.0",
    "codex-sidecar-darwin-x64": "0.1.0",
    "codex-sidecar-darwin-arm64": "0.1.0",
    "codex-sidecar-win32-x64": "0.1.0",
    "codex-sidecar-win32-arm64": "0.1.0",
  });
  for (const manifest of [main, ...PLATFORMS.map((one) => platformManifest(one, release))]) {
    assert.ok(!("scripts" in manifest));
    assert.equal(manifest.repository.url, "git+https://github.com/someone/codex-sidecar.git");
  }
});

Deno.test("npm: nothing is laid out for a build that is missing, or of a name that is none", async () => {
  const out = await Deno.makeTempDir();
  const layout = { ...release, binaries: out, out };
  await assert.rejects(layOut(layout), Deno.errors.NotFound);
  await assert.rejects(
    layOut({ ...layout, only: ["sidecar-plan9-x64"] }),
    /no build sidecar-plan9/,
  );
  await assert.rejects(layOut({ ...layout, repository: "x y/z" }), /no owner\/name/);
  await assert.rejects(layOut({ ...layout, version: "1; rm" }), /no version/);
  await removeFolder(out);
});

Deno.test({
  name:
    "npm: a release is published with provenance, the launcher last, and what is there already is left alone",
  ignore: Deno.build.os === "windows",
  async fn() {
    const root = await Deno.makeTempDir();
    const npm = `${root}/npm`;
    const there = "codex-sidecar-darwin-arm64@1.2.0";
    await Deno.writeTextFile(
      npm,
      `#!/bin/sh\n[ "$1" != view ] || { [ "$2" != ${there} ] || echo 1.2.0; exit; }\necho "$@" >>${root}/asked\n`,
      { mode: 0o755 },
    );
    const publish = async (version: string) => {
      for (const name of ["codex-sidecar", ...PLATFORMS.map(({ name }) => name)]) {
        await Deno.writeTextFile(`${root}/${name}-${version}.tgz`, "");
      }
      await Deno.writeTextFile(`${root}/asked`, "");
      const script = new URL("../../.github/release/publish_npm.sh", import.meta.url).pathname;
      const args = [npm, root, version];
      assert.ok((await new Deno.Command(script, { args, stdout: "null" }).output()).success);
      return (await Deno.readTextFile(`${root}/asked`)).trim().split("\n");
    };
    const asked = await publish("1.2.0");
    assert.equal(asked.length, PLATFORMS.length);
    assert.ok(!asked.some((line) => line.includes("darwin-arm64")));
    assert.equal(
      asked.at(-1),
      `publish ${root}/codex-sidecar-1.2.0.tgz --provenance --access public --tag latest --ignore-scripts`,
    );
    const early = await publish("1.3.0-rc.1");
    assert.equal(early.length, PLATFORMS.length + 1);
    for (const line of early) assert.match(line, /--provenance .*--tag next /);
    await removeFolder(root);
  },
});

/** Node as it is here, and one that replaces itself by the program. */
const replacing = platform
  ? await npmFolder("node", [`node-${platform.os}-${platform.cpu}@22.15.0`])
  : undefined;
const nodes = [
  "node",
  ...replacing && "dir" in replacing
    ? [`${replacing.dir}/node_modules/node-${platform?.os}-${platform?.cpu}/bin/node`]
    : [],
];

const registry = !platform
  ? { missing: "the stand-in for the program is a shell script" }
  : await verdaccio();
const why = "missing" in registry ? ` (ignored: ${registry.missing.split("\n")[0]})` : "";

Deno.test({
  name:
    `npm: published, installed, run, upgraded and uninstalled with a registry on loopback${why}`,
  ignore: "missing" in registry,
  async fn() {
    assert.ok("dir" in registry && platform);
    await inNpmWorld(registry.dir, async (world) => {
      const windows = PLATFORMS.filter(({ os, cpu }) => os === "win32" && cpu === platform.cpu);
      await world.publish("0.1.0", [platform.build, ...windows.map(({ build }) => build)]);
      await installs(world, platform.name);
      await passesOn(world);
      await passesSignalsOn(world);
      await runsByNpx(world);
      await saysWhatIsMissing(world, platform.name);
      await saysWhatCannotStart(world, platform.name);
      // A registry that lacks the builds of other platforms hinders nobody
      await world.publish("0.2.0", [platform.build]);
      await well(world, "npm", ["install", "-g", "codex-sidecar@latest"]);
      assert.equal(await well(world, "sidecar", ["--version"]), "0.2.0\n");
      await well(world, "npm", ["uninstall", "-g", "codex-sidecar"]);
      assert.deepEqual([...Deno.readDirSync(`${world.root}/prefix/bin`)], []);
      assert.deepEqual(
        [...Deno.readDirSync(`${world.root}/prefix/lib/node_modules`)].map(({ name }) => name),
        [],
      );
    });
  },
});

/** Runs it and yields what it printed; fails where it failed. */
async function well({ run }: NpmWorld, program: string, args: readonly string[]): Promise<string> {
  const { code, out, err } = await run(program, args);
  assert.equal(code, 0, `${program} ${args.join(" ")}: ${err}`);
  return out;
}

async function installs(world: NpmWorld, own: string): Promise<void> {
  await well(world, "npm", ["install", "-g", "--ignore-scripts", "codex-sidecar"]);
  const inside = `${world.root}/prefix/lib/node_modules/codex-sidecar/node_modules`;
  assert.deepEqual(
    [...Deno.readDirSync(inside)].filter(({ isDirectory }) => isDirectory).map(({ name }) => name),
    [own],
  );
  for (const name of ["sidecar", "codex-sidecar"]) {
    assert.equal(await well(world, name, ["--version"]), "0.1.0\n");
  }
}

async function passesOn(world: NpmWorld): Promise<void> {
  const words = ["a b", "", '"c"', "$HOME", "--flag", "é\n"];
  const { code, out } = await world.run("sidecar", ["words", ...words], "from standard input");
  assert.equal(out, `${words.map((word) => `[${word}]`).join("")}from standard input`);
  assert.equal(code, 7);
  assert.equal((await world.run("sidecar", ["killed"])).code, 128 + 9);
}

/** SIGINT arrives once, as Ctrl-C does: two would abort what one drains. */
async function passesSignalsOn({ root, env }: NpmWorld): Promise<void> {
  const child = new Deno.Command(`${root}/prefix/bin/sidecar`, {
    args: ["wait"],
    env,
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await lines.read()).value, "ready\n");
  child.kill("SIGINT");
  assert.equal((await lines.read()).value, "INT\n");
  child.kill("SIGTERM");
  assert.equal((await lines.read()).value, "TERM\n");
  assert.equal((await child.status).code, 3);
  await lines.cancel();
}

/** Where nothing is installed: in a prefix of its own. */
async function runsByNpx(world: NpmWorld): Promise<void> {
  await Deno.mkdir(`${world.root}/empty`);
  const args = ["-y", "--prefix", `${world.root}/empty`, "codex-sidecar", "init", "--yes"];
  assert.equal(await well(world, "npx", args), "init --yes\n");
}

async function saysWhatIsMissing(world: NpmWorld, own: string): Promise<void> {
  const { root } = world;
  const into = async (name: string, ...flags: string[]) => {
    const folder = `${root}/${name}`;
    await Deno.mkdir(folder);
    await well(world, "npm", ["install", "--prefix", folder, ...flags, "codex-sidecar"]);
    return [`${folder}/node_modules/codex-sidecar/bin/sidecar.cjs`, "--version"];
  };
  const says = async (args: readonly string[], ...sentences: RegExp[]) => {
    const { code, out, err } = await world.run("node", args);
    assert.deepEqual({ code, out }, { code: 2, out: "" });
    for (const sentence of sentences) assert.match(err, sentence);
    assert.equal(err.trimEnd().split("\n").length, 2, err);
  };
  const other = PLATFORMS.find(({ name }) => name !== own && name.includes("win32"));
  await says(
    await into("other", "--os=win32", `--cpu=${other?.cpu}`),
    new RegExp(`the program that is installed is for win32-${other?.cpu}`),
    /install again: npm install -g codex-sidecar@0\.1\.0 --include=optional/,
  );
  const without = await into("without", "--omit=optional");
  await says(without, new RegExp(`the package ${own}, which has the program, is not installed`));
  const preload = `${root}/freebsd.cjs`;
  await Deno.writeTextFile(
    preload,
    `Object.defineProperty(process, "platform", { value: "freebsd" });`,
  );
  await says(["-r", preload, ...without], /there is no build for freebsd-/, /linux-x64/);
  if (Deno.build.os !== "linux") return;
  const musl = `${root}/musl.cjs`;
  await Deno.writeTextFile(
    musl,
    `const fs = require("fs"); const { existsSync } = fs;
fs.existsSync = (path) => !path.includes("ld-linux") && existsSync(path);`,
  );
  const installed = `${root}/prefix/lib/node_modules/codex-sidecar/bin/sidecar.cjs`;
  for (const args of [without, [installed, "--version"]]) {
    await says(["-r", musl, ...args], /the program needs glibc, and this Linux does not have it/);
  }
}

async function saysWhatCannotStart(world: NpmWorld, own: string): Promise<void> {
  const folder = `${world.root}/prefix/lib/node_modules/codex-sidecar/node_modules/${own}`;
  const [program, manifest] = [`${folder}/bin/sidecar`, `${folder}/package.json`];
  const [text, version] = [Deno.readTextFileSync(program), Deno.readTextFileSync(manifest)];
  const put = (bytes: string, mode = 0o755) => {
    Deno.writeTextFileSync(program, bytes);
    Deno.chmodSync(program, mode);
  };
  const faults: readonly [() => void, RegExp][] = [
    [() => put(text, 0o644), /cannot be started: EACCES\n.*not executable/],
    [() => put(""), /is damaged: it is no program for this system\n.*install again: npm/],
    [() => put("<html>404</html>"), /is damaged/],
    [() => Deno.removeSync(program), /bin\/sidecar, the program itself, is not there\n.*scanner/],
    [() => Deno.mkdirSync(program), /is damaged/],
    [() => {
      Deno.removeSync(program);
      put(text);
      Deno.writeTextFileSync(manifest, version.replace("0.1.0", "0.0.9"));
    }, /codex-sidecar is version 0\.1\.0, and the program that is installed with it is 0\.0\.9\n/],
  ];
  for (const [make, says] of faults) {
    make();
    for (const node of nodes) {
      const launcher = `${world.root}/prefix/lib/node_modules/codex-sidecar/bin/sidecar.cjs`;
      const { code, out, err } = await world.run(node, [launcher, "--version"]);
      assert.deepEqual([code, out], [2, ""], `${node}: ${err}`);
      assert.match(err, says);
      assert.equal(err.trimEnd().split("\n").length, 2, err);
    }
  }
  Deno.writeTextFileSync(manifest, version);
}
