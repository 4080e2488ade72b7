/**
 * A real Redis on loopback: Debian's `redis-server`, where the machine has one.
 *
 * @module
 */

import { until } from "../../e2e/gated.ts";
import { which } from "../system/which.ts";
import { freePort } from "../free_port.ts";

/** Whether there is one; the test installs nothing. */
export const redisHere = which("redis-server") !== undefined && which("redis-cli") !== undefined;
/** The end of a test's name: that it is ignored, and why. */
export const redisWords = redisHere ? "" : " (ignored: there is no redis-server here)";

/** A running Redis. */
export interface TestRedis {
  readonly port: number;
  readonly url: string;
  /** Ends it at once, as a crash does: what it held is forgotten. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** Stops its process without ending it, and lets it go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** What `redis-cli` prints for a command. */
  cli(...words: string[]): Promise<string>;
}

/** Starts one that keeps nothing on disk. @param args more of its settings */
export async function startRedis(...args: string[]): Promise<TestRedis> {
  const port = freePort();
  let child: Deno.ChildProcess | undefined;
  const cli = async (...words: string[]) => {
    const command = new Deno.Command("redis-cli", {
      args: ["-p", `${port}`, ...words],
      stdout: "piped",
      stderr: "null",
    });
    return new TextDecoder().decode((await command.output()).stdout).trim();
  };
  const start = async () => {
    child = new Deno.Command("redis-server", {
      args: [
        "--port",
        `${port}`,
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        ...args,
      ],
      stdout: "null",
      stderr: "null",
      cwd: "/tmp",
    }).spawn();
    await until(async () => /PONG|NOAUTH/.test(await cli("ping")));
  };
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    start,
    cli,
    signal: (signal) => child?.kill(signal),
    async kill() {
      try {
        child?.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // it has ended already
      }
      await child?.status;
    },
  };
}
