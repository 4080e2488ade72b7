import assert from "node:assert/strict";
import { program } from "../../helpers/program/program.ts";
import { lines } from "../../helpers/codex/codex.ts";
import { until } from "../gated.ts";
import { denoDir } from "../../helpers/program/program.ts";

const DESCRIPTORS = 256;
const CONNECTIONS = 400;

/** `serve` with a hard limit of open files, once it listens. */
async function serveLimited(args: readonly string[]) {
  const script = `ulimit -Sn ${DESCRIPTORS}; ulimit -Hn ${DESCRIPTORS}; exec "$@"`;
  const child = new Deno.Command("bash", {
    args: ["-c", script, "-", ...args, "serve", "--port", "0", "--config", "/dev/null"],
    env: { DENO_DIR: denoDir },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log: string[] = [];
  const listening = Promise.withResolvers<number>();
  const reading = (async () => {
    for await (const line of lines(child.stderr)) {
      log.push(line);
      const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port) listening.resolve(Number(port));
    }
    listening.reject(new Error(log.join("\n")));
  })();
  const port = await listening.promise;
  const end = async () => {
    child.kill("SIGTERM");
    await Promise.all([child.status, reading]);
  };
  return { port, log, end };
}

/** The status of `/healthz`, 0 where the connection failed. */
async function health(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status ?? 0;
}

const cases: [string, readonly string[]][] = [
  ["the limit is known, so there is a cap", program],
  // Without the permission to read its limit the process runs out of descriptors
  ["the limit is unknown", program.map((word) => word === "-A" ? "--allow-net" : word)],
];
for (const [name, words] of cases) {
  const args = words.includes("--allow-net")
    ? words.flatMap((word) =>
      word === "--allow-net"
        ? ["--no-prompt", "--allow-net", "--allow-env", "--allow-read", "--allow-write"]
        : [word]
    )
    : words;
  Deno.test({
    name: `listener: it answers after more connections than it has descriptors: ${name}`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      const { port, log, end } = await serveLimited(args);
      const held = await Promise.all(
        Array.from({ length: CONNECTIONS }, () => Deno.connect({ port })),
      );
      // One more, behind all of them: when it was seen, so were they
      await health(port);
      for (const conn of held) conn.close();
      await until(async () => await health(port) === 200);
      await end();
      assert.match(log.join("\n"), /refused with 503|cannot accept a connection now/);
    },
  });
}
