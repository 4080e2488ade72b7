import assert from "node:assert/strict";
import settings from "../../deno.json" with { type: "json" };
import { bundleArgs, compileArgs, finishChunk, outputOf, RUNTIME } from "../../.ci/compile.ts";
import { readBuild } from "../../lib/base/version/build.ts";

const outputs: { name: string; of: Parameters<typeof outputOf>; path: string }[] = [
  { name: "this Linux", of: [{}, "linux"], path: "dist/sidecar" },
  { name: "this Windows", of: [{}, "windows"], path: "dist/sidecar.exe" },
  {
    name: "Windows from Linux",
    of: [{ target: "x86_64-pc-windows-msvc" }, "linux"],
    path: "dist/sidecar.exe",
  },
  {
    name: "macOS from Windows",
    of: [{ target: "aarch64-apple-darwin" }, "windows"],
    path: "dist/sidecar",
  },
  { name: "a name of one's own", of: [{ output: "x/y" }, "linux"], path: "x/y" },
  { name: "a whole name for Windows", of: [{ output: "y.exe" }, "windows"], path: "y.exe" },
];
for (const { name, of, path } of outputs) {
  Deno.test(`compile: the binary for ${name} is ${path}`, () =>
    assert.equal(outputOf(...of), path));
}

Deno.test("compile: one chunk a command, and only what the program needs is permitted", () => {
  assert.deepEqual(bundleArgs("/b").slice(-3), ["--outdir", "/b", "main.ts"]);
  assert.ok(bundleArgs("/b").includes("--code-splitting"));
  const args = compileArgs({ target: "aarch64-apple-darwin" }, "out", "/b/main.js");
  assert.deepEqual(args.slice(-5), [
    "--target",
    "aarch64-apple-darwin",
    "--output",
    "out",
    "/b/main.js",
  ]);
  assert.deepEqual(
    args.filter((arg) => /^(-A|--allow-all|--allow-ffi|--allow-import)/.test(arg)),
    [],
  );
  assert.ok(args.includes("--no-prompt") && args.includes("--no-code-cache"));
});

Deno.test("compile: a checkout and a binary run with the same flags of V8", () => {
  const [flags] = RUNTIME.filter((flag) => flag.startsWith("--v8-flags"));
  assert.ok(settings.tasks.start.command.includes(`${flags}`), flags);
  for (const name of settings.unstable.filter((name) => name !== "raw-imports")) {
    assert.ok(RUNTIME.includes(`--unstable-${name}`), name);
  }
});

Deno.test("compile: a chunk gets require only where it needs one, and the entry its stamp", () => {
  const shim = 'typeof require<"u"?require:0;';
  assert.equal(finishChunk("x();"), "x();");
  assert.match(finishChunk(shim), /^import\{createRequire\}from"node:module";.*typeof require/);
  const stamped = finishChunk("x();", { commit: "abc1234", repository: "o/r" });
  assert.match(stamped, /^globalThis\.__sidecar_build__=\{.*\};x\(\);$/);
});

Deno.test("compile: what is stamped is what the program reads", () => {
  const scope: { globalThis?: object } = {};
  const stamp = { commit: "abc1234-dirty", repository: null };
  new Function("globalThis", finishChunk("", stamp))(scope);
  assert.deepEqual(readBuild("1.2.3", scope), { version: "1.2.3", ...stamp });
});

Deno.test("compile: no package that only tests use is within reach of main.ts", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--frozen", "main.ts"],
    cwd: new URL("../../", import.meta.url),
    stderr: "null",
  }).output();
  const { npmPackages, modules } = JSON.parse(new TextDecoder().decode(stdout));
  // `npmPackages` holds the whole lock file; what is used is what a module leads to
  const used = new Set<string>();
  const visit = (id: string) => {
    if (used.has(id)) return;
    used.add(id);
    npmPackages[id].dependencies.forEach(visit);
  };
  for (const { npmPackage } of modules) if (npmPackage) visit(npmPackage);
  const names = [...used].map((id) => npmPackages[id].name);
  assert.ok(names.includes("hono") && modules.length > 100);
  assert.deepEqual(names.filter((name) => /^(playwright|fast-check|pure-rand)/.test(name)), []);
  assert.deepEqual(Object.keys(settings.imports).filter((name) => name.startsWith("play")), []);
});
