import assert from "node:assert/strict";
import type { Service } from "../../lib/service/service.ts";
import { systemdUnit, systemdWord } from "../../lib/service/systemd_unit.ts";
import { fc } from "../helpers/fast_check.ts";
import { readUnit, unitWords } from "../helpers/system/unit_file.ts";
import { service, text } from "./service.ts";
import { removeFolder } from "../helpers/system/temp_folder.ts";

const words: [text: string, program: string, argument: string, variable: string][] = [
  ["/usr/bin/a", '"/usr/bin/a"', '"/usr/bin/a"', '"/usr/bin/a"'],
  ["a b", '"a b"', '"a b"', '"a b"'],
  ["", '""', '""', '""'],
  ["100%h", '"100%%h"', '"100%%h"', '"100%%h"'],
  ["a$HOME", '"a$HOME"', '"a$$HOME"', '"a$HOME"'],
  ["$${x}", '"$${x}"', '"$$$${x}"', '"$${x}"'],
  ['q"', '"q\\""', '"q\\""', '"q\\""'],
  ["it's", '"it\'s"', '"it\'s"', '"it\'s"'],
  ["C:\\x\\", '"C:\\\\x\\\\"', '"C:\\\\x\\\\"', '"C:\\\\x\\\\"'],
  ["; & < #", '"; & < #"', '"; & < #"', '"; & < #"'],
  ["/home/张三", '"/home/张三"', '"/home/张三"', '"/home/张三"'],
];
for (const [plain, program, argument, variable] of words) {
  Deno.test(`systemd unit: ${plain || "an empty word"} is written so that it comes back`, () => {
    assert.deepEqual(
      [systemdWord(plain, "program"), systemdWord(plain), systemdWord(plain, "variable")],
      [program, argument, variable],
    );
  });
}

Deno.test("systemd unit: whatever the paths, arguments and variables, systemd reads what was meant", () => {
  fc.assert(fc.property(
    text,
    fc.array(text),
    fc.dictionary(fc.stringMatching(/^[A-Z_]{1,9}$/), text),
    text,
    (program, args, env, folder) => {
      const unit = readUnit(systemdUnit({
        ...service,
        command: [`/${program}`, ...args],
        env,
        envFile: `/${folder}/service.env`,
      }));
      const [line, ...more] = unit.get("Service.ExecStart") ?? [];
      assert.deepEqual(more, []);
      const read = unitWords(line ?? "", true);
      const shell = ["/bin/sh", "-c", 'exec "$0" "$@"'];
      const bySystemd = /["'\\]/.test(program) ? shell : [];
      assert.deepEqual(read, [...bySystemd, `/${program}`, ...args]);
      const variables = (unit.get("Service.Environment") ?? []).map((one) => unitWords(one, false));
      assert.deepEqual(variables, Object.entries(env).map((pair) => [pair.join("=")]));
      const [file] = unit.get("Service.EnvironmentFile") ?? [];
      assert.equal(file, `-/${folder.replaceAll("%", "%%")}/service.env`);
    },
  ));
});

Deno.test("systemd unit: a whole one", () => {
  assert.equal(
    systemdUnit(service),
    `# Written by codex-sidecar (sidecar init; port 8411)
# "sidecar service install" writes this file anew, "sidecar service uninstall" removes it.
# Lines of your own: systemctl --user edit codex-sidecar

[Unit]
Description=Codex Sidecar: keeps Codex sessions alive on other providers' models
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart="/opt/sidecar" "serve" "--log-dir" "/h/.local/state/codex-sidecar/logs"
WorkingDirectory=~
Environment="HTTPS_PROXY=http://127.0.0.1:7890"
EnvironmentFile=-/h/.config/codex-sidecar/service.env
Restart=on-failure
RestartSec=1
RestartPreventExitStatus=2
TimeoutStopSec=90
SyslogIdentifier=codex-sidecar
UMask=0077
NoNewPrivileges=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native

[Install]
WantedBy=default.target
`,
  );
});

Deno.test({
  name: "systemd unit: systemd-analyze verify finds nothing wrong with it",
  ignore: !await verifies(),
  async fn() {
    const odd: Service = {
      ...service,
      // The program must exist
      command: [
        "/bin/sh",
        "a b",
        "100%",
        "$HOME",
        "q\"uo'te",
        "back\\slash",
        "中文",
        "<&>",
        ";",
        "",
      ],
      env: { A: "x % y $q", B: 'z"\\ü' },
      envFile: '/h o/100%/中文/"$x"/service.env',
    };
    assert.deepEqual(await verify(systemdUnit(odd)), { code: 0, err: "" });
    assert.notEqual((await verify(systemdUnit(odd).replace("Type=exec", "Tpye=exec"))).err, "");
  },
});

/** Whether systemd-analyze is here and runs. */
async function verifies(): Promise<boolean> {
  try {
    return (await verify("[Service]\nExecStart=/bin/true\n")).code === 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function verify(unit: string): Promise<{ code: number; err: string }> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/codex-sidecar.service`, unit);
    const { code, stderr } = await new Deno.Command("systemd-analyze", {
      args: ["verify", "--user", "--recursive-errors=no", `${folder}/codex-sidecar.service`],
      env: { XDG_RUNTIME_DIR: folder, HOME: folder, LC_ALL: "C" },
    }).output();
    return { code, err: new TextDecoder().decode(stderr) };
  } finally {
    await removeFolder(folder);
  }
}
