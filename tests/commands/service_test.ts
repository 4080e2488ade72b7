import assert from "node:assert/strict";
import { asFailure } from "../../lib/base/errors.ts";
import { exitCodeOf } from "../../lib/commands/shared/output.ts";
import { installService } from "../../lib/commands/service/install.ts";
import type { ServiceOptions } from "../../lib/commands/service/plan.ts";
import { showService } from "../../lib/commands/service/status.ts";
import type { Machine } from "../../lib/commands/shared/this_machine.ts";
import type { AskWho } from "../../lib/doctor/who/who.ts";
import { uninstallService } from "../../lib/commands/service/uninstall.ts";
import type { RunTool } from "../../lib/service/manager.ts";
import { type TestMachine, testMachine } from "../helpers/settings/machine.ts";
import { Killed, MemoryDisk } from "../helpers/settings/memory_disk.ts";

const UNIT = "/h/.config/systemd/user/codex-sidecar.service";
const CONFIG = "/h/.config/codex-sidecar/config.yaml";
const up: AskWho = () => Promise.resolve({ is: "sidecar", version: "1.2.3", live: 0 });
const down: AskWho = () => Promise.resolve({ is: "nobody" });
const stranger: AskWho = () =>
  Promise.resolve({ is: "stranger", answer: "HTTP 404, text/html: <p>" });
const by = "sidecar service install" as const;

/** A machine on which systemd does as it is told, but for the words that begin with `refuses`. */
function home(
  files: Record<string, string> = {},
  { refuses = "-", ...changes }: Partial<Machine> & { refuses?: string } = {},
): TestMachine & { ran: string[] } {
  const ran: string[] = [];
  const disk = new MemoryDisk(files);
  const runTool: RunTool = (command, args) => {
    const line = [command, ...args].join(" ").replace(/^systemctl --user /, "");
    ran.push(line);
    if (line.startsWith(refuses)) {
      return Promise.resolve({
        code: 1,
        out: "",
        err: "Failed to connect to bus: No medium found",
      });
    }
    return Promise.resolve({
      code: 0,
      out: line.startsWith("is-active") ? "active\n" : "",
      err: "",
    });
  };
  return Object.assign(testMachine(disk, { runTool, ...changes }), { ran });
}

async function refusal(run: Promise<unknown>) {
  try {
    await run;
  } catch (error) {
    const failed = asFailure(error);
    return { exit: exitCodeOf(failed), words: failed.fullMessage };
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

const install = (
  machine: Machine,
  options: ServiceOptions = {},
  ask: AskWho = up,
) => installService(options, machine, by, ask);

Deno.test("service install: writes the unit for its owner alone, starts it, and says that it is up", async () => {
  const machine = home({ "/my settings.yaml": "heartbeat: { interval: 5s }\n" });
  assert.equal(await install(machine, { config: "/my settings.yaml", port: "9000" }), 0);
  const unit = machine.disk.text(UNIT) ?? "";
  assert.match(
    unit,
    /^ExecStart="\/opt\/sidecar" "serve" "--log-dir" "\/h\/\.local\/state\/codex-sidecar\/logs" "--config" "\/my settings\.yaml" "--port" "9000"$/m,
  );
  assert.match(unit, /^# Written by codex-sidecar \(sidecar service install; port 9000\)\n/);
  assert.equal(machine.disk.files.get(UNIT)?.mode, 0o600);
  assert.deepEqual(machine.ran, [
    "daemon-reload",
    "enable codex-sidecar.service",
    "restart codex-sidecar.service",
  ]);
  assert.equal(
    machine.said(),
    `Installed: ~/.config/systemd/user/codex-sidecar.service (systemd --user)
It is up on port 9000, and starts at every login.
Its log: ~/.local/state/codex-sidecar/logs/sidecar.log
It ends when you have logged out everywhere; to keep it: loginctl enable-linger
To remove it: sidecar service uninstall
`,
  );
});

Deno.test("service install: twice is an update in place; uninstall removes it, and then finds nothing", async () => {
  const machine = home({ "/h/mine": "x" });
  assert.equal(await install(machine), 0);
  assert.equal(await install(machine, { port: "9000" }), 0);
  assert.match(machine.disk.text(UNIT) ?? "", /"--port" "9000"/);
  machine.disk.put("/h/.config/systemd/user/default.target.wants/codex-sidecar.service", "link");
  machine.disk.put(`${UNIT}.sidecar-new`, "the draft of a killed update");
  machine.ran.length = 0;
  assert.equal(await uninstallService({}, machine), 0);
  assert.deepEqual(machine.ran, [
    "disable --now codex-sidecar.service",
    "daemon-reload",
    "reset-failed codex-sidecar.service",
  ]);
  assert.match(machine.said(), /\nRemoved: ~\/\.config\/systemd\/user\/codex-sidecar\.service\n$/);
  assert.deepEqual(machine.disk.all(), { "/h/mine": "x" });
  assert.equal(await uninstallService({}, machine), 0);
  assert.match(machine.said(), /\nNothing to remove: no service is installed\.\n$/);
});

for (const refuses of ["daemon-reload", "enable", "restart"]) {
  Deno.test(`service install: where systemd refuses ${refuses}, nothing half-installed stays`, async () => {
    const machine = home({}, { refuses });
    const { exit, words } = await refusal(install(machine));
    assert.equal(exit, 2);
    assert.match(
      words,
      new RegExp(`^systemctl --user ${refuses}.* failed: Failed to connect to bus: No medium`),
    );
    assert.match(words, /\. No service was installed\. Log in as this user itself/);
    assert.deepEqual(machine.disk.all(), {});
  });

  Deno.test(`service install: where systemd refuses ${refuses} for an update, the service is as it was`, async () => {
    const machine = home();
    await install(machine);
    const before = machine.disk.all();
    const later = Object.assign(home({}, { refuses }), { disk: machine.disk });
    const { words } = await refusal(install(later, { port: "9000" }));
    assert.match(words, /\. Its file is as it was, and it may not run\. /);
    assert.deepEqual(machine.disk.all(), before);
  });
}

Deno.test("service: what somebody else wrote is neither overwritten nor removed", async () => {
  const theirs = "[Service]\nExecStart=/usr/bin/true\n";
  for (const run of [(m: Machine) => install(m), (m: Machine) => uninstallService({}, m)]) {
    const machine = home({ [UNIT]: theirs });
    const { exit, words } = await refusal(run(machine));
    assert.equal(exit, 2);
    assert.match(
      words,
      /codex-sidecar\.service was not written by the sidecar, and stays as it is\. Move it away/,
    );
    assert.deepEqual([machine.disk.all(), machine.ran], [{ [UNIT]: theirs }, []]);
  }
  const machine = home({ [UNIT]: theirs });
  assert.equal(await showService({}, machine, up), 1);
  assert.match(machine.said(), /^▲ service: not ours; another program wrote it\n/);
});

Deno.test("service install: a sidecar started by hand has the port, so the service is installed and waits", async () => {
  const machine = home({}, { listening: () => Promise.resolve(true) });
  assert.equal(await install(machine), 0);
  assert.deepEqual(machine.ran, ["daemon-reload", "enable codex-sidecar.service"]);
  assert.match(
    machine.said(),
    /A sidecar that was started by hand has port 8411, so the service waits/,
  );
});

Deno.test("service install: a service that runs already has its own port and is restarted", async () => {
  const machine = home();
  await install(machine);
  const again = Object.assign(home({}, { listening: () => Promise.resolve(true) }), {
    disk: machine.disk,
  });
  assert.equal(await install(again), 0);
  assert.equal(again.ran.at(-1), "restart codex-sidecar.service");
});

Deno.test("service install: a port that another program has is refused, and nothing is written", async () => {
  const machine = home({}, { listening: () => Promise.resolve(true) });
  const { exit, words } = await refusal(install(machine, {}, stranger));
  assert.equal(exit, 2);
  assert.match(
    words,
    /^The service cannot start: another program \(or another user's sidecar\) has port 8411; it answered HTTP 404, text\/html: <p>\. Stop it, or choose another port/,
  );
  assert.deepEqual([machine.disk.written, machine.ran], [[], []]);
});

Deno.test("service install: one that does not answer in time is told, with its log, and the code is 1", async () => {
  const machine = home();
  const installed = install(machine, {}, down);
  await machine.clock.advance(20_000);
  assert.equal(await installed, 1);
  assert.match(
    machine.said(),
    /It does not answer on port 8411 yet\. Its log may say why: ~\/.*\/logs\/sidecar\.log\n/,
  );
  assert.equal(machine.clock.armed, 0);
});

Deno.test("service install: one whose port another program has is told so, and the code is 1", async () => {
  const machine = home();
  const installed = install(machine, {}, stranger);
  await machine.clock.advance(20_000);
  assert.equal(await installed, 1);
  assert.match(
    machine.said(),
    /It cannot be reached: another program .* has port 8411; it answered HTTP 404/,
  );
});

Deno.test("service status: another program on the port is not the service", async () => {
  const machine = home();
  await install(machine);
  assert.equal(await showService({ json: true }, machine, stranger), 1);
  const { up, other } = JSON.parse(machine.said().slice(machine.said().indexOf("{")));
  assert.equal(up, false);
  assert.match(other, /^another program .* has port 8411; .*\. Stop it/);
});

Deno.test("service install: a dry run says what it would do and does nothing", async () => {
  const machine = home({}, { env: { HOME: "/h", HTTPS_PROXY: "http://127.0.0.1:7890" } });
  assert.equal(await install(machine, { dryRun: true }), 0);
  assert.match(
    machine.said(),
    /^Would install ~\/.*, which starts\n {2}\/opt\/sidecar serve --log-dir/,
  );
  assert.match(machine.said(), /\n {2}with HTTPS_PROXY=http:\/\/127\.0\.0\.1:7890\n/);
  assert.deepEqual([machine.disk.written, machine.ran], [[], []]);
});

Deno.test("service install: no key and no password is written or shown; what is missing is named", async () => {
  const env = {
    HOME: "/h",
    HTTPS_PROXY: "http://me:hush-hush@p.example:3128",
    ACME_KEY: "sk-hush1234567890",
    SIDECAR_LISTEN_TOKEN: "hush",
  };
  const config =
    "upstreams:\n  acme: { base_url: 'https://a.example/v1', api_key: env:ACME_KEY }\n";
  const machine = home({ [CONFIG]: config }, { env });
  assert.equal(await install(machine), 0);
  assert.doesNotMatch(machine.said() + machine.disk.text(UNIT), /hush/);
  assert.match(
    machine.said(),
    /Not written .*:\n {2}ACME_KEY: .*acme\n {2}HTTPS_PROXY: .*\n {2}SIDECAR_LISTEN_TOKEN: /,
  );
  assert.match(machine.said(), /ACME_KEY=… into ~\/\.config\/codex-sidecar\/service\.env/);
  assert.match(
    machine.disk.text(UNIT) ?? "",
    /^EnvironmentFile=-\/h\/\.config\/codex-sidecar\/service\.env$/m,
  );
});

Deno.test("service install: a variable that stands in the user's own file is not missing", async () => {
  const config =
    "upstreams:\n  acme: { base_url: 'https://a.example/v1', api_key: env:ACME_KEY }\n";
  const file = "/h/.config/codex-sidecar/service.env";
  const machine = home({ [CONFIG]: config, [file]: "# mine\nACME_KEY=hush\n" });
  assert.equal(await install(machine), 0);
  assert.doesNotMatch(machine.said(), /Not written|hush/);
  assert.equal(machine.disk.text(file), "# mine\nACME_KEY=hush\n");
});

const refused: [
  name: string,
  files: Record<string, string>,
  options: ServiceOptions,
  says: RegExp,
][] = [
  [
    "settings that serve would refuse",
    { [CONFIG]: "lisen: 1\n" },
    {},
    /config\.yaml:1:1: lisen is not a setting/,
  ],
  ["a settings file that is not there", {}, { config: "/no.yaml" }, /\/no\.yaml does not exist/],
  ["a port that is none", {}, { port: "http" }, /--port is "http"/],
  ["any free port", {}, { port: "0" }, /A service needs a port of its own/],
  ["a path that no file can hold", { "/a\nb": "" }, { config: "/a\nb" }, /line break/],
];
for (const [name, files, options, says] of refused) {
  Deno.test(`service install: ${name}: refused, and nothing is written`, async () => {
    const machine = home(files);
    const { exit, words } = await refusal(install(machine, options));
    assert.equal(exit, 2);
    assert.match(words, says);
    assert.deepEqual([machine.disk.written, machine.ran], [[], []]);
  });
}

Deno.test("service install: a program that stands where things get tidied up is installed with a warning", async () => {
  const machine = home({}, {
    runtime: { execPath: "/h/Downloads/sidecar", standalone: true, main: "", startTask: "" },
  });
  assert.equal(await install(machine), 0);
  assert.match(
    machine.said(),
    /\/h\/Downloads\/sidecar is in a folder of downloads\. .*moved or deleted/,
  );
});

Deno.test("service: a system without a manager that is known is told so; uninstall finds nothing", async () => {
  const machine = home({}, { system: "freebsd" });
  assert.match(
    (await refusal(install(machine))).words,
    /no manager of services .*start the sidecar by hand/,
  );
  assert.equal(await uninstallService({}, machine), 0);
});

Deno.test("service uninstall: without a bus the file goes all the same; a dry run leaves it", async () => {
  const machine = home();
  await install(machine);
  const later = Object.assign(home({}, { refuses: "" }), { disk: machine.disk });
  assert.equal(await uninstallService({ dryRun: true }, later), 0);
  assert.ok(machine.disk.text(UNIT));
  assert.equal(await uninstallService({}, later), 0);
  assert.match(later.said(), /Removed: .*\nsystemd --user could not stop it: .*No medium found\n$/);
  assert.deepEqual(machine.disk.all(), {});
});

Deno.test("service install: killed at any write, uninstall leaves nothing and another install finishes", async () => {
  let steps = 0;
  for (;; steps++) {
    const machine = home();
    machine.disk.trouble = { killAt: steps };
    const killed = await install(machine).then(() => false, (error) => {
      if (error instanceof Killed || asFailure(error).facts.cause instanceof Killed) return true;
      throw error;
    });
    if (!killed) break;
    const disk = machine.disk.revived();
    assert.equal(await install(Object.assign(home(), { disk: machine.disk.revived() })), 0);
    assert.equal(await uninstallService({}, Object.assign(home(), { disk })), 0);
    assert.deepEqual(disk.all(), {}, `after a kill at write ${steps}`);
  }
  assert.ok(steps >= 4, `only ${steps} writes`);
});

Deno.test("service install: on Windows the definition is handed over, and no file of it stays", async () => {
  const ran: string[] = [];
  let handed: string | undefined;
  const disk = new MemoryDisk();
  const file = "C:\\l\\codex-sidecar\\service.xml";
  const env = {
    USERPROFILE: "C:\\u",
    APPDATA: "C:\\a",
    LOCALAPPDATA: "C:\\l",
    HTTPS_PROXY: "http://p:1",
  };
  const machine = testMachine(disk, {
    system: "windows",
    env,
    uid: () => null,
    runTool(command, args) {
      ran.push(command === "schtasks" ? `schtasks ${args[0]}` : command);
      if (command === "whoami") {
        return Promise.resolve({ code: 0, out: '"a","S-1-5-21-1"', err: "" });
      }
      if (args[0] === "/query") return Promise.resolve({ code: 1, out: "", err: "" });
      if (args[0] === "/create") {
        handed = new TextDecoder("utf-16le").decode(disk.files.get(file)?.bytes);
      }
      return Promise.resolve({ code: 0, out: "", err: "" });
    },
  });
  assert.equal(await install(machine), 0);
  assert.deepEqual(ran, [
    "schtasks /query",
    "whoami",
    "schtasks /end",
    "powershell.exe",
    "schtasks /create",
    "schtasks /run",
  ]);
  assert.match(
    handed ?? "",
    /<Arguments>--headless \/opt\/sidecar serve --log-dir C:\\l\\codex-sidecar\\logs<\/Arguments>/,
  );
  assert.deepEqual(disk.all(), {});
  assert.match(machine.said(), /^Installed: task codex-sidecar \(Task Scheduler\)\n/);
  assert.match(machine.said(), /HTTPS_PROXY: set in this window\n.*setx HTTPS_PROXY/);
});

Deno.test("service status: says whether it is installed, runs and answers, and the code follows", async () => {
  const machine = home();
  assert.equal(await showService({}, machine, up), 1);
  assert.equal(machine.said(), "○ service: not installed\nInstall it: sidecar service install\n");
  await install(machine);
  const report = async (ask: AskWho) => {
    const before = machine.said().length;
    const code = await showService({ json: true }, machine, ask);
    return { code, ...JSON.parse(machine.said().slice(before)) };
  };
  const state = {
    installed: true,
    by,
    running: true,
    port: 8411,
    where: "~/.config/systemd/user/codex-sidecar.service",
  };
  assert.deepEqual(await report(up), { code: 0, ...state, up: true });
  assert.deepEqual(await report(down), { code: 1, ...state, up: false });
});
