import assert from "node:assert/strict";
import type { Env, System } from "../../../lib/config/paths.ts";
import { findCcSwitch } from "../../../lib/patch/cc_switch/home.ts";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";
import { MemoryDisk } from "../../helpers/settings/memory_disk.ts";

const WINDOWS = { USERPROFILE: "C:\\Users\\li", APPDATA: "C:\\Users\\li\\AppData\\Roaming" };

const cases: {
  name: string;
  system: System;
  env: Env;
  files: Record<string, string>;
  dir?: string;
  finds: {
    database?: string;
    legacy?: string;
    current?: string;
    synced?: boolean;
    forked?: boolean;
  } | undefined;
}[] = [
  {
    name: "the usual folder, with what its settings say",
    system: "linux",
    env: { HOME: "/h" },
    files: {
      "/h/.cc-switch/cc-switch.db": "",
      "/h/.cc-switch/config.json": "{}",
      "/h/.cc-switch/settings.json": `{"currentProviderCodex":"p","webdavSync":{"enabled":true}}`,
      "/h/.cc-switch/cc-switch.db.init.lock": "",
    },
    finds: { database: "/h/.cc-switch/cc-switch.db", current: "p", synced: true, forked: true },
  },
  {
    name: "the file of the versions before 3.8, with settings that cannot be read",
    system: "darwin",
    env: { HOME: "/Users/li" },
    files: {
      "/Users/li/.cc-switch/config.json": "{}",
      "/Users/li/.cc-switch/settings.json": "{oops",
    },
    finds: { legacy: "/Users/li/.cc-switch/config.json" },
  },
  {
    name: "a folder of the user's choice on macOS, its settings at home",
    system: "darwin",
    env: { HOME: "/Users/li" },
    files: {
      "/Users/li/Library/Application Support/com.ccswitch.desktop/app_paths.json":
        `{"app_config_dir_override":" ~/cloud "}`,
      "/Users/li/cloud/cc-switch.db": "",
      "/Users/li/.cc-switch/cc-switch.db": "",
      "/Users/li/.cc-switch/settings.json": `{"currentProviderCodex":"q"}`,
    },
    finds: { database: "/Users/li/cloud/cc-switch.db", current: "q" },
  },
  {
    name: "a chosen folder that is gone",
    system: "linux",
    env: { HOME: "/h", XDG_DATA_HOME: "/data" },
    files: {
      "/data/com.ccswitch.desktop/app_paths.json": `{"app_config_dir_override":"/gone"}`,
      "/h/.cc-switch/cc-switch.db": "",
    },
    finds: { database: "/h/.cc-switch/cc-switch.db" },
  },
  {
    name: "a chosen folder on Windows",
    system: "windows",
    env: WINDOWS,
    files: {
      "C:\\Users\\li\\AppData\\Roaming\\com.ccswitch.desktop\\app_paths.json":
        `{"app_config_dir_override":"D:\\\\cc"}`,
      "D:\\cc\\cc-switch.db": "",
    },
    finds: { database: "D:\\cc\\cc-switch.db" },
  },
  {
    name: "the home of version 3.10.3 on Windows, where the usual one has no database",
    system: "windows",
    env: { ...WINDOWS, HOME: "C:\\msys\\home\\li" },
    files: { "C:\\msys\\home\\li\\.cc-switch\\cc-switch.db": "" },
    finds: { database: "C:\\msys\\home\\li\\.cc-switch\\cc-switch.db" },
  },
  {
    name: "the folder of the command-line version",
    system: "linux",
    env: { HOME: "/h", CC_SWITCH_CONFIG_DIR: "/cli" },
    files: { "/cli/cc-switch.db": "", "/h/.cc-switch/cc-switch.db": "" },
    finds: { database: "/cli/cc-switch.db" },
  },
  {
    name: "the folder that the user names, before all others",
    system: "linux",
    env: { HOME: "/h", CC_SWITCH_CONFIG_DIR: "/cli" },
    dir: "/named",
    files: { "/named/cc-switch.db": "", "/cli/cc-switch.db": "" },
    finds: { database: "/named/cc-switch.db" },
  },
  {
    name: "nothing",
    system: "linux",
    env: { HOME: "/h" },
    files: { "/h/.cc-switch/settings.json": "{}" },
    finds: undefined,
  },
  { name: "nothing without a home", system: "windows", env: {}, files: {}, finds: undefined },
];

for (const { name, system, env, files, dir, finds } of cases) {
  Deno.test(`cc-switch home: finds ${name}`, async () => {
    const found = await findCcSwitch({
      system,
      env,
      port: 8411,
      ccSwitchDir: dir,
      stateDir: "/state",
      disk: new MemoryDisk(files),
      clock: new FakeClock(),
      listening: () => Promise.resolve(false),
      processes: () => Promise.resolve([]),
    });
    const { folder: _, ...rest } = found ?? { folder: "" };
    const all = {
      database: undefined,
      legacy: undefined,
      current: undefined,
      synced: false,
      forked: false,
    };
    assert.deepEqual(rest, finds ? { ...all, ...finds } : {});
  });
}
