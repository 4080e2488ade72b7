/**
 * The service for real: a user manager of systemd runs it, kill -9 takes its process away in mid-turn, the manager brings
 * it back, and Codex finishes its turn.
 */

import { deepEqual, equal, match } from "node:assert/strict";
import { systemdUnit } from "../../../lib/service/systemd_unit.ts";
import type { Provider } from "../../../lib/simulate/provider.ts";
import { runCodex, startCodex } from "../../helpers/codex/codex.ts";
import { denoDir, program } from "../../helpers/program/program.ts";
import {
  type Output,
  startUserManager,
  type UserManager,
} from "../../helpers/system/user_manager.ts";
import { gated, until } from "../gated.ts";
import { TEXT } from "../say.ts";
import { freePort } from "../../helpers/free_port.ts";

const UNIT = "codex-sidecar.service";

/** Every file of the home. */
async function files(folder: string): Promise<string[]> {
  const out: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) out.push(...await files(`${folder}/${name}`));
    else out.push(`${folder}/${name}`);
  }
  return out.sort();
}

/** A settings file that leads to the provider, a free port, and both as options. */
async function settings(home: string, { url }: Provider, more = "") {
  const config = `${home}/my settings.yaml`;
  const port = freePort();
  await Deno.writeTextFile(
    config,
    `heartbeat: { interval: 1s }
upstreams:
  sim: { base_url: "${url}", wire: chat, provider: generic, ${more} }
`,
  );
  return { config, port, args: ["--config", config, "--port", `${port}`] };
}

async function show(manager: UserManager, property: string): Promise<string> {
  const words = ["systemctl", "--user", "show", "--value", "-p", property, UNIT];
  return (await manager.run(words)).out.trim();
}

async function starts(): Promise<boolean> {
  const manager = await startUserManager();
  await manager?.stop();
  return manager !== undefined;
}

const ignore = !await starts();

/** The sidecar's command line beside a manager, and the manager. */
async function withManager(
  test: (manager: UserManager, sidecar: (...args: string[]) => Promise<Output>) => Promise<void>,
): Promise<void> {
  const manager = await startUserManager();
  if (!manager) throw new Error("A manager that started once does not start again");
  try {
    await test(manager, (...args) => manager.run([...program, ...args], { DENO_DIR: denoDir }));
  } finally {
    await manager.stop();
  }
}

Deno.test({
  name:
    "service: killed with -9 in mid-turn it is back at once, the turn completes, and uninstall leaves nothing",
  ignore,
  fn: () =>
    withManager(async (manager, sidecar) => {
      const { home, run } = manager;
      const provider = await gated();
      const { port, config, args } = await settings(home, provider, "api_key: env:SIM_KEY");
      const own = `${home}/.config/codex-sidecar`;
      await Deno.mkdir(own, { recursive: true });
      await Deno.writeTextFile(`${own}/service.env`, "SIM_KEY=from-my-own-file\n", { mode: 0o600 });
      const installed = await sidecar("service", "install", ...args);
      equal(installed.code, 0, installed.out + installed.err);
      match(installed.out, new RegExp(`It is up on port ${port}, and starts at every login`));
      const first = await show(manager, "MainPID");
      const codex = await startCodex({
        baseUrl: `http://127.0.0.1:${port}/v1`,
        prompt: "What is the answer?",
        provider: "request_max_retries = 10\nstream_max_retries = 100",
      });
      await until(() => provider.posts.length === 1);
      equal((await run(["kill", "-9", first])).code, 0);
      const { code, messages } = await codex.result;
      deepEqual({ code, messages, posts: provider.posts.length }, {
        code: 0,
        messages: [TEXT],
        posts: 2,
      });
      equal(provider.posts[1]?.headers.authorization, "Bearer from-my-own-file");
      const status = await sidecar("service", "status", "--json");
      deepEqual(JSON.parse(status.out), {
        installed: true,
        by: "sidecar service install",
        running: true,
        port,
        where: "~/.config/systemd/user/codex-sidecar.service",
        up: true,
      });
      deepEqual([await show(manager, "NRestarts"), await show(manager, "MainPID") === first], [
        "1",
        false,
      ]);
      match(
        await Deno.readTextFile(`${home}/.local/state/codex-sidecar/logs/sidecar.log`),
        /completed 200/,
      );

      const again = await sidecar("service", "install", ...args);
      equal(again.code, 0, again.out + again.err);
      const direct = await runCodex({
        baseUrl: `http://127.0.0.1:${port}/v1`,
        prompt: "And again?",
      });
      deepEqual([direct.code, direct.messages], [0, [TEXT]]);

      const removed = await sidecar("service", "uninstall");
      deepEqual([removed.code, removed.out], [
        0,
        "Removed: ~/.config/systemd/user/codex-sidecar.service\n",
      ]);
      deepEqual(await files(home), [
        `${own}/service.env`,
        `${home}/.local/state/codex-sidecar/identity`,
        `${home}/.local/state/codex-sidecar/logs/sidecar.log`,
        config,
      ]);
      equal(await show(manager, "LoadState"), "not-found");
      equal(
        (await sidecar("service", "uninstall")).out,
        "Nothing to remove: no service is installed.\n",
      );
      await provider.stop();
    }),
});

Deno.test({
  name: "service: one that is stopped lets the running answer end first",
  ignore,
  fn: () =>
    withManager(async ({ home, run }, sidecar) => {
      const provider = await gated();
      const { port, args } = await settings(home, provider);
      equal((await sidecar("service", "install", ...args)).code, 0);
      const codex = await startCodex({
        baseUrl: `http://127.0.0.1:${port}/v1`,
        prompt: "What is the answer?",
      });
      await until(() => provider.posts.length === 1);
      const removed = sidecar("service", "uninstall");
      const log = `${home}/.local/state/codex-sidecar/logs/sidecar.log`;
      await until(async () => (await Deno.readTextFile(log)).includes("stopping, waiting for 1"));
      provider.open("rest");
      const { code, messages, errors } = await codex.result;
      deepEqual({ code, messages, errors }, { code: 0, messages: [TEXT], errors: [] });
      equal((await removed).code, 0);
      equal((await run(["pgrep", "-f", "serve --log-dir"])).out, "");
      await provider.stop();
    }),
});

Deno.test({
  name: "service: settings that cannot work are not tried again for ever",
  ignore,
  fn: () =>
    withManager(async (manager, sidecar) => {
      const { home, run } = manager;
      const config = `${home}/bad.yaml`;
      await Deno.writeTextFile(config, `heartbeat: { interval: 1s }\n`);
      const port = `${freePort()}`;
      equal((await sidecar("service", "install", "--config", config, "--port", port)).code, 0);
      await Deno.writeTextFile(config, `heartbeat: { interval: no }\n`);
      await run(["systemctl", "--user", "restart", UNIT]);
      await until(async () => await show(manager, "ActiveState") === "failed");
      deepEqual([await show(manager, "ExecMainStatus"), await show(manager, "NRestarts")], [
        "2",
        "0",
      ]);
      match(
        await Deno.readTextFile(`${home}/.local/state/codex-sidecar/logs/sidecar.log`),
        /The sidecar ended: .*heartbeat\.interval/,
      );
      equal((await sidecar("service", "uninstall")).code, 0);
    }),
});

Deno.test({
  name: "service: every character of a path, an argument and a variable arrives as it was meant",
  ignore,
  fn: () =>
    withManager(async ({ home, run }) => {
      const args = [
        "a b",
        "100%",
        "%h",
        "$HOME",
        "${HOME}",
        "$$",
        "q\"uo'te",
        "back\\slash\\",
        ";",
        "",
      ];
      const strange = "x % $HOME ${HOME} \"q\" 'q' \\ 中文 <&>";
      const program = `${home}/$HOME %h prog`;
      const out = `${home}/out`;
      await Deno.writeTextFile(
        program,
        `#!/bin/sh\nprintf '%s\\n' "$@" "$STRANGE" "$MINE" > out\n`,
      );
      await Deno.chmod(program, 0o700);
      const envFile = `${home}/my % $HOME.env`;
      await Deno.writeTextFile(envFile, "MINE=mine\n");
      const folder = `${home}/.config/systemd/user`;
      await Deno.mkdir(folder, { recursive: true });
      const unit = systemdUnit({
        by: "sidecar init",
        port: 1,
        command: [program, ...args],
        env: { STRANGE: strange },
        envFile,
        home,
      });
      await Deno.writeTextFile(`${folder}/${UNIT}`, unit.replace("Type=exec", "Type=oneshot"));
      const started = await run(["systemctl", "--user", "start", UNIT]);
      equal(started.code, 0, started.err);
      equal(await Deno.readTextFile(out), [...args, strange, "mine", ""].join("\n"));
    }),
});
