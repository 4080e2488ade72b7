import assert from "node:assert/strict";
import { fastClock } from "../../helpers/clock/fast_clock.ts";
import { sendOnce } from "../../helpers/peers/raw_server.ts";

const NAME = `sc${Deno.pid % 100_000}`;
const [OURS, THEIRS] = ["10.213.77.1", "10.213.77.2"];

/** Runs a command; whether it went well. */
async function run(...command: string[]): Promise<boolean> {
  const [program = "", ...args] = command;
  try {
    const options = { args, stdout: "null", stderr: "null" } as const;
    return (await new Deno.Command(program, options).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A network of two: this machine and a namespace with a server in it that answers and then is silent. */
async function otherMachine() {
  const inside = ["ip", "netns", "exec", NAME];
  const remove = async () => {
    await run("ip", "link", "del", `${NAME}a`);
    await run("ip", "netns", "del", NAME);
  };
  const steps = [
    ["ip", "netns", "add", NAME],
    ["ip", "link", "add", `${NAME}a`, "type", "veth", "peer", "name", `${NAME}b`],
    ["ip", "link", "set", `${NAME}b`, "netns", NAME],
    ["ip", "addr", "add", `${OURS}/30`, "dev", `${NAME}a`],
    ["ip", "link", "set", `${NAME}a`, "up"],
    [...inside, "ip", "addr", "add", `${THEIRS}/30`, "dev", `${NAME}b`],
    [...inside, "ip", "link", "set", `${NAME}b`, "up"],
  ];
  for (const step of steps) {
    if (await run(...step)) continue;
    await remove();
    return undefined;
  }
  const code = `
    const listener = Deno.listen({ hostname: "${THEIRS}", port: 9000 });
    console.log("up");
    const head = "HTTP/1.1 200 OK\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n5\\r\\nhello\\r\\n";
    const kept = [];
    for await (const conn of listener) {
      kept.push(conn);
      conn.read(new Uint8Array(9000)).then((size) => size && conn.write(new TextEncoder().encode(head)));
    }`;
  const server = new Deno.Command("ip", {
    args: ["netns", "exec", NAME, Deno.execPath(), "eval", code],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = server.stdout.getReader();
  await reader.read();
  return {
    vanish: () => run(...inside, "ip", "link", "set", `${NAME}b`, "down"),
    async [Symbol.asyncDispose]() {
      server.kill("SIGKILL");
      await reader.cancel();
      await server.status;
      await remove();
    },
  };
}

/** Namespaces are the superuser's, and not in every container even then. */
const possible = Deno.build.os === "linux" && Deno.uid() === 0 &&
  await run("ip", "netns", "add", NAME) && await run("ip", "netns", "del", NAME);

Deno.test({
  name:
    "vanish: a machine whose packets are lost is noticed, long before the deadlines (as root, with network namespaces)",
  ignore: !possible,
  async fn() {
    await using other = await otherMachine();
    assert.ok(other, "the network could not be set up");
    const clock = fastClock(50);
    const { body } = await sendOnce(`http://${THEIRS}:9000/`, { clock });
    assert.equal(new TextDecoder().decode((await body.read())?.[0]), "hello");
    assert.ok(await other.vanish());
    await assert.rejects(body.read(), /^Failure: Sim is gone: 10\.213\.77\.2:9000 does not answer/);
  },
});
