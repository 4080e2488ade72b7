/**
 * Replicas of the sidecar as processes behind a real haproxy, with a real Redis: what a team runs.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { redisHere, startRedis, type TestRedis } from "../../helpers/peers/redis.ts";
import { type SidecarProcess, startSidecarProcess } from "../../helpers/program/sidecar.ts";
import { which } from "../../helpers/system/which.ts";
import { until } from "../gated.ts";
import { freePort } from "../../helpers/free_port.ts";

const haproxyHere = which("haproxy") !== undefined;
const missing = [...redisHere ? [] : ["redis-server"], ...haproxyHere ? [] : ["haproxy"]];

/** Whether the machine has what such a team needs; and the end of a test's name where it has not. */
export const balancedHere = missing.length === 0;
export const balancedWords = balancedHere
  ? ""
  : ` (ignored: there is no ${missing.join(", no ")} here)`;

/** How many replicas there are. */
export const REPLICAS = 3;
/** What must be found nowhere. */
export const SECRETS = {
  ALICE: "Quiet.Otter.41.Crossing.River",
  BOB: "Brave.Heron.77.Under.Bridge",
  OPERATOR: "Stern.Badger.13.Keeps.Gate",
  KEY_1: "sk-first-5d1f0c2b7a9e4f38",
  KEY_2: "sk-second-9b2c4e6f81a3d705",
  KEY_3: "sk-third-0f9e8d7c6b5a4938",
  REDIS: "Deep.Mole.29.Digs.Tunnel",
};

/** A team's gateway. */
export interface Balanced extends AsyncDisposable {
  /** The balancer, without a path. */
  readonly url: string;
  readonly redis: TestRedis;
  readonly replicas: SidecarProcess[];
  /** Every line of every log, those of replicas that are gone too. */
  logs(): string;
  /** Everything that was sent to Redis. */
  sent(): string;
  /** Ends a replica. */
  stop(at: number, signal: Deno.Signal): Promise<number>;
  /** Starts it again on its port. */
  start(at: number): Promise<void>;
  /** A page of a replica, with the operator's token. */
  page(at: number, path: string): Promise<string>;
}

/** Starts it. @param yaml settings besides `listen` and `state` */
export async function startBalanced(yaml: string): Promise<Balanced> {
  const redis = await startRedis("--requirepass", SECRETS.REDIS);
  const monitor = await watch(redis);
  const ports = Array.from({ length: REPLICAS }, freePort);
  const text = `heartbeat: { interval: 1s }
listen: { token: ${SECRETS.OPERATOR} }
state: env:TEAM_STATE
drain: { notice: 2s, limit: 60s }
log: { level: debug }
${yaml}`;
  const env = {
    ...SECRETS,
    TEAM_STATE: `redis://:${SECRETS.REDIS}@127.0.0.1:${redis.port}`,
  };
  const old: string[] = [];
  const replicas: SidecarProcess[] = [];
  const start = async (at: number) => {
    replicas[at] = await startSidecarProcess(text, ["--port", `${ports[at]}`], env);
  };
  const end = async () => {
    for (const replica of replicas) await replica.kill("SIGKILL");
    await monitor.stop();
    await redis.kill();
  };
  for (const at of ports.keys()) await start(at);
  const balancer = await startHaproxy(ports).catch(async (error) => {
    await end();
    throw error;
  });
  return {
    url: balancer.url,
    redis,
    replicas,
    logs: () => [...old, ...replicas.flatMap(({ log }) => log)].join("\n"),
    sent: () => monitor.text(),
    start,
    async stop(at, signal) {
      const replica = replicas[at] as SidecarProcess;
      const code = await replica.kill(signal);
      old.push(...replica.log);
      return code;
    },
    async page(at, path) {
      try {
        const response = await fetch(`${replicas[at]?.url}${path}`, {
          headers: { authorization: `Bearer ${SECRETS.OPERATOR}` },
        });
        return await response.text();
      } catch (error) {
        const log = replicas[at]?.log.slice(-20).join("\n");
        throw new Error(`replica ${at} does not answer: ${error}\n${log}`, { cause: error });
      }
    },
    async [Symbol.asyncDispose]() {
      await balancer.stop();
      await end();
    },
  };
}

/** haproxy by the settings of the compose file, with these replicas in place of Docker's. */
async function startHaproxy(ports: readonly number[]) {
  const settings = new URL("../../../.github/deploy/compose/haproxy.cfg", import.meta.url);
  const port = freePort();
  const servers = ports.map((port, at) => `  server replica${at} 127.0.0.1:${port}`).join("\n");
  const text = Deno.readTextFileSync(settings)
    .replace(/^ *log .*\n/gm, "")
    .replace(/^resolvers docker\n(?: .*\n)*/m, "")
    .replace(" init-addr none resolvers docker", "")
    // Replicas on loopback are asked by a name of this machine
    .replace("hdr Host sidecar", "hdr Host 127.0.0.1")
    .replace("maxconn 20000", "maxconn 2000")
    .replace("inter 2s", "inter 400ms")
    // A replica is taken for gone when it says so or is gone, not when the machine is busy
    .replace("timeout queue", "timeout check 10s\n  timeout queue")
    .replace("bind :8411", `bind 127.0.0.1:${port}`)
    .replace(/^ *server-template .*$/m, servers);
  const file = await Deno.makeTempFile({ suffix: ".cfg" });
  await Deno.writeTextFile(file, text);
  const child = new Deno.Command("haproxy", {
    args: ["-db", "-f", file],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said = new Response(child.stderr).text();
  let ended = false;
  void child.status.then(() => ended = true);
  const url = `http://127.0.0.1:${port}`;
  await until(async () => {
    if (ended) throw new Error(`haproxy ended: ${await said}`);
    try {
      const response = await fetch(`${url}/readyz`);
      await response.body?.cancel();
      return response.ok;
    } catch (error) {
      if (error instanceof TypeError) return false;
      throw error;
    }
  });
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      await child.status;
      await said;
      await Deno.remove(file);
    },
  };
}

/** Notes everything that is sent to a Redis, as long as it lives. */
async function watch(redis: TestRedis) {
  const parts: string[] = [];
  let child: Deno.ChildProcess | undefined;
  let stopped = false;
  const run = async () => {
    while (!stopped) {
      child = new Deno.Command("redis-cli", {
        args: ["-p", `${redis.port}`, "--no-auth-warning", "-a", SECRETS.REDIS, "monitor"],
        stdout: "piped",
        stderr: "null",
      }).spawn();
      for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) parts.push(part);
      await child.status;
      await sleep(50);
    }
  };
  const running = run();
  await until(() => parts.join("").includes("OK"));
  return {
    text: () => parts.join(""),
    async stop() {
      stopped = true;
      child?.kill("SIGTERM");
      await running;
    },
  };
}

/** How one turn of a client went. */
export interface Turn {
  readonly done: boolean;
  /** Requests that it took. */
  readonly asked: number;
  /** The status of the last answer, and what it said; of no meaning where it is done. */
  readonly last: string;
}

/** How often a client asks, and its first wait; as a Codex that tries ten times again. */
const MOST_ASKED = 11;
const FIRST_WAIT_MS = 200;

/** A turn as Codex takes it: a request whose stream broke, or that was refused for now, is sent again, ten times. */
export async function turn(
  base: string,
  { token, thread, model = "sim-1" }: { token: string; thread: string; model?: string },
): Promise<Turn> {
  let last = "";
  for (let asked = 1; asked <= MOST_ASKED; asked++) {
    if (asked > 1) await sleep(Math.min(FIRST_WAIT_MS * 2 ** (asked - 2), 5_000));
    try {
      const response = await fetch(`${base}/v1/responses`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: `Bearer ${token}`,
          originator: "codex_exec",
          "thread-id": thread,
        },
        body: JSON.stringify({
          model,
          stream: true,
          input: [{ type: "message", role: "user", content: "What is the answer, Thursday?" }],
        }),
      });
      const text = await response.text();
      last = `${response.status} ${text.slice(-300)}`;
      if (text.includes('"type":"response.completed"')) return { done: true, asked, last };
      if (response.status < 500 && response.status !== 200) return { done: false, asked, last };
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // of fetch: the connection broke
      last = error.message;
    }
  }
  return { done: false, asked: MOST_ASKED, last };
}
