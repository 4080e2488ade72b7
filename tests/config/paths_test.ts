import assert from "node:assert/strict";
import { configFile, type Env, stateDir, type System } from "../../lib/config/paths.ts";

const windows = { APPDATA: "C:\\U\\a\\Roaming", LOCALAPPDATA: "C:\\U\\a\\Local", HOME: "/no" };
const cases: [string, System, Env, config: string | undefined, state: string | undefined][] = [
  [
    "Linux uses the home folder",
    "linux",
    { HOME: "/home/a" },
    "/home/a/.config/codex-sidecar/config.yaml",
    "/home/a/.local/state/codex-sidecar",
  ],
  [
    "Linux follows XDG",
    "linux",
    { HOME: "/home/a", XDG_CONFIG_HOME: "/c", XDG_STATE_HOME: "/s" },
    "/c/codex-sidecar/config.yaml",
    "/s/codex-sidecar",
  ],
  [
    "Linux ignores a relative or empty XDG path",
    "linux",
    { HOME: "/home/a", XDG_CONFIG_HOME: "c", XDG_STATE_HOME: "" },
    "/home/a/.config/codex-sidecar/config.yaml",
    "/home/a/.local/state/codex-sidecar",
  ],
  [
    "macOS uses Application Support for both",
    "darwin",
    { HOME: "/Users/a", XDG_CONFIG_HOME: "/c" },
    "/Users/a/Library/Application Support/codex-sidecar/config.yaml",
    "/Users/a/Library/Application Support/codex-sidecar",
  ],
  [
    "Windows roams the configuration and keeps the state local",
    "windows",
    windows,
    "C:\\U\\a\\Roaming\\codex-sidecar\\config.yaml",
    "C:\\U\\a\\Local\\codex-sidecar",
  ],
  ["without a home there is no place", "linux", {}, undefined, undefined],
];
for (const [name, system, env, config, state] of cases) {
  Deno.test(`paths: ${name}`, () => {
    assert.deepEqual([configFile(system, env), stateDir(system, env)], [config, state]);
  });
}
