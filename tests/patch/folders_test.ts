import assert from "node:assert/strict";
import type { Env, System } from "../../lib/config/paths.ts";
import { configPaths } from "../../lib/patch/codex/files.ts";
import { absolutePath, expandHome, joinPath, shortPath } from "../../lib/patch/folders.ts";
import type { PatchContext } from "../../lib/patch/integration.ts";
import { FakeClock } from "../helpers/clock/fake_clock.ts";
import { MemoryDisk } from "../helpers/settings/memory_disk.ts";

const unix: Env = { HOME: "/h" };
const windows: Env = { USERPROFILE: "C:\\Users\\a", HOME: "/c/Users/a" };
const settings = (dir: unknown) => JSON.stringify({ codexConfigDir: dir });
const SWITCH = "/h/.cc-switch/settings.json";
const SWITCH_WINDOWS = "C:\\Users\\a\\.cc-switch\\settings.json";

const homes: [
  name: string,
  system: System,
  env: Env,
  files: Record<string, string>,
  paths: string[],
  flag?: string,
][] = [
  ["Linux", "linux", unix, {}, ["/h/.codex/config.toml"]],
  ["macOS", "darwin", unix, {}, ["/h/.codex/config.toml"]],
  ["Windows", "windows", windows, {}, ["C:\\Users\\a\\.codex\\config.toml"]],
  ["CODEX_HOME", "linux", { ...unix, CODEX_HOME: "/c" }, {}, ["/c/config.toml"]],
  [
    "CODEX_HOME on Windows, with a slash at the end",
    "windows",
    { ...windows, CODEX_HOME: "D:\\c\\" },
    {},
    ["D:\\c\\config.toml"],
  ],
  ["an empty CODEX_HOME", "linux", { ...unix, CODEX_HOME: "" }, {}, ["/h/.codex/config.toml"]],
  ["the flag over all", "linux", { ...unix, CODEX_HOME: "/c" }, { [SWITCH]: settings("/s") }, [
    "/f/config.toml",
  ], "/f"],
  ["cc-switch's own choice comes second", "linux", unix, { [SWITCH]: settings("~/s") }, [
    "/h/.codex/config.toml",
    "/h/s/config.toml",
  ]],
  [
    "cc-switch's own choice on Windows",
    "windows",
    windows,
    { [SWITCH_WINDOWS]: settings("~\\s") },
    ["C:\\Users\\a\\.codex\\config.toml", "C:\\Users\\a\\s\\config.toml"],
  ],
  ["cc-switch choosing the same", "linux", unix, { [SWITCH]: settings("~/.codex") }, [
    "/h/.codex/config.toml",
  ]],
  ["cc-switch choosing nothing", "linux", unix, { [SWITCH]: settings(null) }, [
    "/h/.codex/config.toml",
  ]],
  ["cc-switch's settings broken", "linux", unix, { [SWITCH]: "{" }, ["/h/.codex/config.toml"]],
  ["no home", "linux", {}, {}, []],
];
for (const [name, system, env, files, paths, codexHome] of homes) {
  Deno.test(`folders: where Codex keeps its settings: ${name}`, async () => {
    const context: PatchContext = {
      system,
      env,
      codexHome,
      port: 8411,
      stateDir: "/s",
      disk: new MemoryDisk(files),
      clock: new FakeClock(),
      listening: () => Promise.resolve(false),
      processes: () => Promise.resolve([]),
    };
    assert.deepEqual(await configPaths(context), paths);
  });
}

Deno.test("folders: paths are joined, shortened and expanded by the system's own rules", () => {
  assert.deepEqual(
    [
      joinPath("linux", "/a/", "b", "c"),
      joinPath("windows", "C:\\a\\", "b"),
      shortPath("linux", unix, "/h/.codex/a"),
      shortPath("linux", unix, "/home/a"),
      shortPath("windows", windows, "C:\\Users\\a\\x"),
      shortPath("windows", windows, "C:\\Users\\ab\\x"),
      expandHome("linux", unix, "~/a"),
      expandHome("linux", unix, "~"),
      expandHome("linux", unix, "/~a"),
      expandHome("windows", windows, "~\\a"),
    ],
    [
      "/a/b/c",
      "C:\\a\\b",
      "~/.codex/a",
      "/home/a",
      "~\\x",
      "C:\\Users\\ab\\x",
      "/h/a",
      "/h",
      "/~a",
      "C:\\Users\\a\\a",
    ],
  );
});

Deno.test({
  name: "folders: on Windows a path without a drive gets the one of the working directory",
  ignore: Deno.build.os !== "windows",
  fn() {
    const drive = Deno.cwd().slice(0, 2);
    for (const path of ["\\users\\x", "/users/x"]) {
      assert.equal(absolutePath("windows", path), `${drive}\\users\\x`);
    }
    for (const path of ["C:\\users\\x", "\\\\server\\share\\x"]) {
      assert.equal(absolutePath("windows", path), path);
    }
    assert.match(absolutePath("windows", "x"), /^[A-Z]:\\.*\\x$/);
  },
});
