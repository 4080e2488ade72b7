/** A team's gateway and a developer's real Codex, led there by the real program: a turn, a limit, a refusal, and back. */

import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { type Clock, systemClock, systemRandom } from "../../../lib/base/clock.ts";
import { startServer } from "../../../lib/proxy/server.ts";
import { startProvider } from "../../../lib/simulate/provider.ts";
import { testConfig, upstream } from "../../helpers/proxy/app.ts";
import { codexEnv, codexHome } from "../../helpers/codex/codex.ts";
import { codexBinary } from "../../helpers/codex/codex_binary.ts";
import { sidecarCommand } from "../../helpers/program/program.ts";
import { ANSWER, say, TEXT } from "../say.ts";
import { removeFolder } from "../../helpers/system/temp_folder.ts";

const TOKEN = "Quiet.Otter.41.Crossing.River";
const MINUTE = 60_000;

Deno.test("team: init --gateway leads Codex to the gateway, which lets it wait for a minute and tells it what it may not", async () => {
  const provider = await startProvider({ script: (request) => say(request, ANSWER) });
  // Stands two seconds before the end of a minute, until somebody is told to wait for it
  let told: number | undefined;
  const wall = () => 58_000 + (told === undefined ? 0 : systemClock.now() - told);
  const clock: Clock = { now: () => systemClock.now(), wall, after: systemClock.after };
  const notices: string[] = [];
  const users: (string | undefined)[] = [];
  const server = startServer(
    testConfig({
      listen: { host: "127.0.0.1", port: 0, token: null },
      limits: { body: 1 << 22, event: 1 << 20, toolCalls: 128 },
      users: new Map([["alice", {
        token: { from: "env", name: "ALICE" },
        models: ["sim-1"],
        requestsPerMinute: 1,
      }]]),
      upstreams: new Map([[
        "sim",
        upstream(provider.url, { apiKeyEnv: "KEY", models: ["sim-1", "sim-2"] }),
      ]]),
    }),
    {
      clock,
      random: systemRandom,
      env: (name) => ({ ALICE: TOKEN, KEY: "sk-server" })[name],
      version: "0.0.0",
      observer: {
        attemptFailed() {},
        finished: ({ user }) => void users.push(user),
        notice: (_, message, facts) => {
          if (facts?.code === "too_many_requests") told ??= systemClock.now();
          notices.push(message);
        },
      },
    },
  );
  const { home, work } = await codexHome({ baseUrl: "http://127.0.0.1:9/v1" });
  const env = { ...codexEnv(home), NO_COLOR: "1", TEAM_TOKEN: TOKEN };
  const run = async (command: Deno.Command) => {
    const { code, stdout, stderr } = await command.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), err: text(stderr) };
  };
  const piped = { clearEnv: true, env, stdout: "piped", stderr: "piped" } as const;
  const sidecar = (...args: string[]) => run(sidecarCommand(args, piped));
  const codex = async (...args: string[]) => {
    const words = ["exec", "--json", "--skip-git-repo-check", ...args, "What is the answer?"];
    return await run(
      new Deno.Command(await codexBinary(), { ...piped, cwd: work, stdin: "null", args: words }),
    );
  };
  try {
    const before = await Deno.readTextFile(`${home}/config.toml`);
    const made = await sidecar(
      "init",
      "--yes",
      "--gateway",
      server.url,
      "--token",
      "env:TEAM_TOKEN",
    );
    deepEqual([made.code, made.err], [0, ""], made.out);
    match(await Deno.readTextFile(`${home}/config.toml`), /env_key = "TEAM_TOKEN"/);

    for (let turn = 1; turn <= 2; turn++) {
      const { code, out } = await codex();
      equal(code, 0, out);
      match(out, new RegExp(TEXT));
    }
    match(notices.join("\n"), /alice may send 1 request a minute, and has\. Ask again in 2 s/);
    const posts = provider.requests.filter(({ method }) => method === "POST");
    deepEqual(posts.map(({ headers }) => headers.authorization), Array(2).fill("Bearer sk-server"));
    doesNotMatch(JSON.stringify(provider.requests), /Otter/);

    told = systemClock.now() - MINUTE; // another minute
    const refused = await codex("-m", "sim-2");
    match(refused.out, /alice may not ask the model sim-2\. Allowed: sim-1/);
    equal(refused.code, 1);
    deepEqual([...new Set(users)], ["alice"]);

    equal((await sidecar("undo", "--yes")).code, 0);
    equal(await Deno.readTextFile(`${home}/config.toml`), before);
  } finally {
    await server.stop();
    await provider.stop();
    await removeFolder(home);
  }
});
