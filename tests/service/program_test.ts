import assert from "node:assert/strict";
import manifest from "../../deno.json" with { type: "json" };
import type { Env, System } from "../../lib/config/paths.ts";
import { serviceCommand, temporaryLocation } from "../../lib/service/program.ts";

const compiled = {
  execPath: "/opt/side car",
  standalone: true,
  main: "/src/main.ts",
  startTask: "deno run --frozen --allow-net main.ts serve",
};

Deno.test("program: the binary itself, with the flags that were given", () => {
  assert.deepEqual(serviceCommand(compiled, { logDir: "/l" }), [
    "/opt/side car",
    "serve",
    "--log-dir",
    "/l",
  ]);
  assert.deepEqual(serviceCommand(compiled, { logDir: "/l", config: "/c d.yaml", port: "9000" }), [
    "/opt/side car",
    "serve",
    "--log-dir",
    "/l",
    "--config",
    "/c d.yaml",
    "--port",
    "9000",
  ]);
});

Deno.test("program: from a checkout, Deno with the flags of the start task", () => {
  const source = { ...compiled, execPath: "/usr/bin/deno", standalone: false };
  assert.deepEqual(serviceCommand(source, { logDir: "/l" }), [
    "/usr/bin/deno",
    "run",
    "--frozen",
    "--allow-net",
    "/src/main.ts",
    "serve",
    "--log-dir",
    "/l",
  ]);
  const real = { ...source, startTask: manifest.tasks.start.command };
  const words = serviceCommand(real, { logDir: "/l" });
  assert.deepEqual(words.slice(1, 3), ["run", "--frozen"]);
  assert.deepEqual(words.slice(-4), ["/src/main.ts", "serve", "--log-dir", "/l"]);
  assert.ok(words.slice(3, -4).every((word) => /^--[\w-]+(=[\w,=-]+)?$/.test(word)), `${words}`);
});

const places: [system: System, path: string, env: Env, says: RegExp | undefined][] = [
  ["linux", "/home/a/.local/bin/sidecar", {}, undefined],
  ["linux", "/tmp/sidecar", {}, /temporary/],
  ["linux", "/scratch/x/sidecar", { TMPDIR: "/scratch/x/" }, /temporary/],
  ["linux", "/home/a/Downloads/sidecar", {}, /downloads/],
  ["linux", "/home/a/下载/sidecar", { XDG_DOWNLOAD_DIR: "/home/a/下载" }, /downloads/],
  ["linux", "/home/a/.npm/_npx/1f/node_modules/deno/deno", {}, /npx/],
  ["linux", "/home/a/.cache/pnpm/dlx/s7/1a/node_modules/a/bin/sidecar", {}, /pnpm/],
  ["windows", "C:\\Users\\a\\AppData\\Local\\pnpm-cache\\dlx\\s7\\sidecar.exe", {}, /pnpm/],
  ["linux", "/home/a/tmp/sidecar", {}, undefined],
  ["darwin", "/Users/a/bin/sidecar", { TMPDIR: "/var/folders/x/T/" }, undefined],
  ["darwin", "/private/var/folders/x/T/sidecar", {}, /temporary/],
  ["darwin", "/private/var/x/AppTranslocation/1/d/sidecar", {}, /macOS/],
  ["windows", "C:\\Users\\a\\AppData\\Local\\Programs\\sidecar.exe", {}, undefined],
  ["windows", "C:\\Users\\a\\Downloads\\sidecar.exe", {}, /downloads/],
  [
    "windows",
    "C:\\Users\\A\\AppData\\Local\\Temp\\sidecar.exe",
    { TEMP: "C:\\Users\\a\\AppData\\Local\\Temp" },
    /temporary/,
  ],
];
for (const [system, path, env, says] of places) {
  Deno.test(`program: ${path} on ${system} is ${says ? "no place to stay" : "a place to stay"}`, () => {
    const place = temporaryLocation(system, env, path);
    if (says) assert.match(place ?? "", says);
    else assert.equal(place, undefined);
  });
}
