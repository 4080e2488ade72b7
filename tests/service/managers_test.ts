import assert from "node:assert/strict";
import { asFailure } from "../../lib/base/errors.ts";
import type { Env, System } from "../../lib/config/paths.ts";
import type { Manager, Ran } from "../../lib/service/manager.ts";
import { openManager } from "../../lib/service/open_manager.ts";
import { readMark } from "../../lib/service/service.ts";
import { FakeClock } from "../helpers/clock/fake_clock.ts";
import { service } from "./service.ts";

const well: Ran = { code: 0, out: "", err: "" };

/** A manager whose tools answer as told, in order for each command line that begins so; all else goes well. */
function opened(system: System, answers: Record<string, Partial<Ran>[]> = {}, env: Env = {}) {
  const ran: string[] = [];
  const clock = new FakeClock();
  const manager = openManager({
    system,
    env: { HOME: "/h", ...env },
    clock,
    uid: () => 501,
    stateDir: system === "windows" ? "C:\\s" : "/s",
    runTool(command, args) {
      const line = [command, ...args].join(" ");
      ran.push(line.startsWith("powershell.exe") ? `powershell ${args[3]?.slice(0, 22)}` : line);
      const key = Object.keys(answers).find((start) => line.startsWith(start));
      const queue = key === undefined ? [] : answers[key] as Partial<Ran>[];
      const next = queue.length > 1 ? queue.shift() : queue[0];
      return Promise.resolve({ ...well, ...next });
    },
  }) as Manager;
  return { manager, ran, clock };
}

async function refusal(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    return asFailure(error).fullMessage;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

Deno.test("managers: each system has its own, by the rules of its folders; others have none", () => {
  const at = (system: System, env: Env = {}) => opened(system, {}, env).manager?.file;
  assert.equal(at("linux"), "/h/.config/systemd/user/codex-sidecar.service");
  assert.equal(at("linux", { XDG_CONFIG_HOME: "/c" }), "/c/systemd/user/codex-sidecar.service");
  assert.equal(
    at("linux", { XDG_CONFIG_HOME: "c" }),
    "/h/.config/systemd/user/codex-sidecar.service",
  );
  assert.equal(at("darwin"), "/h/Library/LaunchAgents/local.codex-sidecar.plist");
  assert.equal(at("windows"), "C:\\s\\service.xml");
  assert.equal(at("freebsd"), undefined);
  assert.equal(at("linux", { HOME: undefined }), undefined);
});

Deno.test("systemd: taken up, stopped and forgotten by exactly these words", async () => {
  const { manager, ran } = opened("linux", { "systemctl --user is-active": [{ out: "active\n" }] });
  await manager.take(true);
  await manager.take(false);
  assert.equal(await manager.stop(), undefined);
  await manager.forget();
  assert.equal(await manager.running(), true);
  assert.deepEqual(ran, [
    "systemctl --user daemon-reload",
    "systemctl --user enable codex-sidecar.service",
    "systemctl --user restart codex-sidecar.service",
    "systemctl --user daemon-reload",
    "systemctl --user enable codex-sidecar.service",
    "systemctl --user disable --now codex-sidecar.service",
    "systemctl --user daemon-reload",
    "systemctl --user reset-failed codex-sidecar.service",
    "systemctl --user is-active codex-sidecar.service",
  ]);
});

const noBus = { code: 1, err: "Failed to connect to bus: No such file or directory\n" };
const systemdRefusals: [name: string, answer: Partial<Ran>, env: Env, says: RegExp][] = [
  [
    "no bus",
    noBus,
    {},
    /^systemctl --user daemon-reload failed: Failed to connect to bus: No such file or directory\. Log in as this user itself .*enable-linger.*: sidecar$/,
  ],
  [
    "no bus in WSL",
    noBus,
    { WSL_DISTRO_NAME: "Ubuntu" },
    /systemd=true below \[boot\].*wsl --shutdown/,
  ],
  [
    "no systemd",
    { code: undefined },
    {},
    /^systemctl --user daemon-reload cannot run: there is no systemctl here\. This system has no systemd; start/,
  ],
  [
    "another trouble",
    { code: 5, err: "Unit is masked.\n" },
    {},
    /failed: Unit is masked\. journalctl/,
  ],
  ["a silent failure", { code: 5 }, {}, /failed: exit code 5\. journalctl/],
];
for (const [name, answer, env, says] of systemdRefusals) {
  Deno.test(`systemd: ${name} is told in its own words, with what to do`, async () => {
    const { manager } = opened("linux", { "systemctl --user daemon-reload": [answer] }, env);
    assert.match(await refusal(manager.take(true)), says);
  });
}

Deno.test("systemd: a state is read; without a bus nobody knows", async () => {
  const states: [Partial<Ran>, boolean | undefined][] = [
    [{ out: "active\n" }, true],
    [{ out: "activating\n", code: 3 }, true],
    [{ out: "inactive\n", code: 3 }, false],
    [{ out: "failed\n", code: 3 }, false],
    [noBus, undefined],
    [{ code: undefined }, undefined],
  ];
  for (const [answer, running] of states) {
    assert.equal(await opened("linux", { systemctl: [answer] }).manager.running(), running);
  }
});

const print = "launchctl print gui/501/local.codex-sidecar";
const bootstrap = "launchctl bootstrap gui/501 /h/Library/LaunchAgents/local.codex-sidecar.plist";

Deno.test("launchd: an update waits until the old one is gone, and tries again while the label is taken", async () => {
  const { manager, ran, clock } = opened("darwin", {
    [print]: [{}, {}, {}, { code: 113 }],
    [bootstrap]: [{ code: 5, err: "Bootstrap failed: 5: Input/output error\n" }, {}],
  });
  const taken = manager.take(true);
  await clock.advance(5_000);
  await taken;
  assert.deepEqual(ran, [
    print,
    "launchctl bootout gui/501/local.codex-sidecar",
    print,
    print,
    print,
    "launchctl enable gui/501/local.codex-sidecar",
    bootstrap,
    bootstrap,
  ]);
  assert.equal(clock.armed, 0);
});

Deno.test("launchd: nothing is booted out where nothing is loaded; without a start it waits for the login", async () => {
  const { manager, ran } = opened("darwin", { [print]: [{ code: 113 }] });
  await manager.take(false);
  assert.equal(await manager.stop(), undefined);
  assert.deepEqual(ran, [print, "launchctl enable gui/501/local.codex-sidecar", print]);
});

Deno.test("launchd: what it refuses is told in its own words", async () => {
  const { manager } = opened("darwin", {
    [print]: [{ code: 113 }],
    [bootstrap]: [{
      code: 125,
      err: "Bootstrap failed: 125: Domain does not support specified action\n",
    }],
  });
  assert.match(
    await refusal(manager.take(true)),
    /failed: Bootstrap failed: 125: .*login at the screen/,
  );
  const stuck = opened("darwin", { [print]: [{}] });
  const stopped = stuck.manager.stop();
  await stuck.clock.advance(120_000);
  assert.match((await stopped)?.fullMessage ?? "", /bootout .* failed: .*It ends when you log out/);
  assert.equal(stuck.clock.armed, 0);
});

Deno.test("launchd: a state is read", async () => {
  const states: [Partial<Ran>, boolean | undefined][] = [
    [{ out: "gui/501/x = {\n\tstate = running\n" }, true],
    [{ out: "\tstate = not running\n" }, false],
    [{ code: 113 }, false],
    [{ code: undefined }, undefined],
  ];
  for (const [answer, running] of states) {
    assert.equal(await opened("darwin", { [print]: [answer] }).manager.running(), running);
  }
});

Deno.test("task scheduler: defined for the user's identifier, created, run, ended and deleted by exactly these words", async () => {
  const { manager, ran } = opened("windows", {
    whoami: [{ out: '"pc\\张三","S-1-5-21-9-8-7-1001"\r\n' }],
    "powershell.exe -NoProfile -NonInteractive -Command (Get-ScheduledTask": [{
      out: "Running\r\n",
    }],
  }, { SystemRoot: "D:\\Win" });
  const bytes = await manager.define(service);
  const xml = new TextDecoder("utf-16le").decode(bytes);
  assert.match(xml, /<UserId>S-1-5-21-9-8-7-1001<\/UserId>/);
  assert.match(xml, /<Command>D:\\Win\\System32\\conhost\.exe<\/Command>/);
  await manager.take(true);
  assert.equal(await manager.stop(), undefined);
  assert.equal(await manager.running(), true);
  assert.deepEqual(ran, [
    "whoami /user /fo csv /nh",
    "schtasks /end /tn codex-sidecar",
    "powershell Get-CimInstance Win32_",
    "schtasks /create /tn codex-sidecar /xml C:\\s\\service.xml /f",
    "schtasks /run /tn codex-sidecar",
    "schtasks /end /tn codex-sidecar",
    "schtasks /delete /tn codex-sidecar /f",
    "powershell Get-CimInstance Win32_",
    "powershell (Get-ScheduledTask -Ta",
  ]);
});

Deno.test("task scheduler: the definition is the one that Windows keeps, in whatever characters it prints", async () => {
  const out = [..."<Source>Written by codex-sidecar (sidecar init; port 8411)</Source>"].join("\0");
  const { manager } = opened("windows", { "schtasks /query": [{ out }] });
  assert.deepEqual(readMark(await manager.registered?.() ?? ""), {
    by: "sidecar init",
    port: 8411,
  });
  const absent = opened("windows", { "schtasks /query": [{ code: 1, err: "ERROR: …" }] });
  assert.equal(await absent.manager.registered?.(), undefined);
});

Deno.test("task scheduler: what it refuses is told in its own words", async () => {
  const denied = { code: 1, err: "ERROR: Access is denied.\r\n" };
  const { manager } = opened("windows", {
    "schtasks /create": [denied],
    "schtasks /delete": [denied],
  });
  assert.match(
    await refusal(manager.take(true)),
    /\/create .* failed: ERROR: Access is denied\. Look/,
  );
  assert.match(
    (await manager.stop())?.fullMessage ?? "",
    /\/delete .* failed: ERROR: Access is denied\. Look/,
  );
  const nobody = opened("windows", { whoami: [{ out: "" }] });
  assert.match(await refusal(nobody.manager.define(service)), /whoami does not tell who you are/);
});
