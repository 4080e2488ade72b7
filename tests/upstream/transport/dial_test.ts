import assert from "node:assert/strict";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";
import { unlessAborted } from "../../../lib/upstream/transport/dial.ts";
import { rawServer, silentAddress, told } from "../../helpers/peers/raw_server.ts";
import { freePort } from "../../helpers/free_port.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

const answers = (hostname: string, port = 0) => rawServer(({ say }) => say(OK), { hostname, port });
const found = (...addresses: string[]) => ({ resolve: () => Promise.resolve(addresses) });

function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

for (const host of ["127.0.0.1", "[::1]"]) {
  const ignore = host === "[::1]" && !hasIpv6();
  Deno.test({
    name: `dial: ${host} as an address, and as the only one behind localhost`,
    ignore,
    async fn() {
      await using server = answers(host.replace(/[[\]]/g, ""));
      for (const name of [host, "localhost", "Localhost", "some.localhost"]) {
        const came = await told(`http://${name}:${server.port}/`);
        assert.equal("text" in came ? came.text : came.said, "ok");
      }
    },
  });
}

Deno.test("dial: an address that does not answer does not keep a good one waiting", async () => {
  await using server = answers("127.0.0.1");
  await using silent = await silentAddress(server.port);
  if (!silent) return;
  const url = `http://host.test:${server.port}/`;
  const came = await told(url, found(silent.host, "127.0.0.1"));
  assert.equal("text" in came ? came.text : came.said, "ok");
  const first = await told(url, found("127.0.0.1", silent.host));
  assert.equal("text" in first ? first.text : first.said, "ok");
  assert.equal(server.accepted, 2);
});

/** Linux alone has all of 127.0.0.0/8. */
const linux = Deno.build.os === "linux";

Deno.test({
  name: "dial: an address that refuses is followed by the next one at once",
  ignore: !linux,
  fn: async () => {
    await using server = answers("127.0.0.1");
    const clock = new FakeClock(); // stands still: the head start of a quarter of a second never passes
    const url = `http://host.test:${server.port}/`;
    const came = await told(url, { clock, ...found("127.0.0.2", "127.0.0.3", "127.0.0.1") });
    assert.equal("text" in came ? came.text : came.said, "ok");
    assert.equal(clock.armed, 0);
  },
});

Deno.test({
  name: "dial: when every address refuses, the last refusal is reported",
  ignore: !linux,
  fn: async () => {
    const url = `http://host.test:${freePort()}/`;
    const failed = await told(url, found("127.0.0.1", "127.0.0.2")) as { said: string };
    assert.match(failed.said, /^Sim could not be reached at host.test:\d+: Connection refused/);
  },
});

Deno.test("dial: a name without an address is reported", async () => {
  const failed = await told("http://host.test/", found()) as { said: string };
  assert.match(failed.said, /: the host name has no address\. Check the host name/);
});

Deno.test("dial: an abort between two steps ends the next one", async () => {
  const abort = new AbortController();
  abort.abort(new Error("left"));
  await assert.rejects(unlessAborted(new Promise(() => {}), abort.signal), /left/);
});

Deno.test("dial: a resolver's answer that comes after the abort opens nothing", async () => {
  await using server = answers("127.0.0.1");
  const { promise, resolve } = Promise.withResolvers<string[]>();
  const abort = new AbortController();
  const reason = new Error("left");
  const sent = told(`http://host.test:${server.port}/`, {
    resolve: () => promise,
    signal: abort.signal,
  });
  abort.abort(reason);
  await assert.rejects(sent, reason);
  resolve(["127.0.0.1"]);
  await new Promise((done) => setTimeout(done, 50));
  assert.equal(server.accepted, 0);
});
