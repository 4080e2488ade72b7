import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:tls";
import { rawServer, told } from "../../helpers/peers/raw_server.ts";

const CERTS = new URL("./certs/", import.meta.url);
const file = (name: string) => Deno.readTextFileSync(new URL(name, CERTS));
const TRUSTED = { NODE_EXTRA_CA_CERTS: new URL("ca.pem", CERTS).pathname };

/** A host with one of the certificates; counts the requests it could read. */
async function host(name: "good" | "wrong" | "expired" | "self") {
  let requests = 0;
  const server = createServer(
    { key: file(`${name}.key`), cert: file(`${name}.pem`) },
    (socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", () => {
        requests++;
        socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
      });
    },
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return {
    port: address.port,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

for (const name of ["localhost", "127.0.0.1", "api.sidecar.test"]) {
  Deno.test(`tls: ${name} with a certificate of an authority of NODE_EXTRA_CA_CERTS`, async () => {
    await using server = await host("good");
    const came = await told(`https://${name}:${server.port}/`, {
      environment: TRUSTED,
      resolve: () => Promise.resolve(["127.0.0.1"]),
    });
    assert.equal("text" in came ? came.text : came.said, "ok");
  });
}

const BAD: Readonly<Record<string, ["good" | "wrong" | "expired" | "self", object, RegExp]>> = {
  "of an authority that nobody trusts": ["good", {}, /cannot be verified: .*authority/],
  "signed by itself": ["self", TRUSTED, /cannot be verified: .*self-signed/],
  "for another host": ["wrong", TRUSTED, /its certificate was issued for another host/],
  "that is expired": ["expired", TRUSTED, /its certificate .*expired/],
};
for (const [what, [name, environment, message]] of Object.entries(BAD)) {
  Deno.test(`tls: a certificate ${what} is reported with a message, and nothing is sent`, async () => {
    await using server = await host(name);
    const failed = await told(`https://localhost:${server.port}/`, {
      environment: { ...environment },
    }) as { failed: string; said: string };
    assert.equal(failed.failed, "unreachable");
    assert.match(failed.said, /^Sim could not be reached at localhost:\d+: /);
    assert.match(failed.said, message);
    assert.match(failed.said, /\. Check .*(?:date|base_url)/);
    assert.equal(server.requests(), 0);
  });
}

Deno.test("tls: a file of authorities that cannot be read is named where it matters", async () => {
  await using server = await host("good");
  const failed = await told(`https://localhost:${server.port}/`, {
    environment: { NODE_EXTRA_CA_CERTS: "/nowhere/ca.pem" },
  }) as { said: string };
  assert.match(failed.said, /the file that NODE_EXTRA_CA_CERTS names cannot be read \(ENOENT\)$/);
});

Deno.test("tls: a host that does not speak it is reported with a message", async () => {
  await using server = rawServer(
    ({ say }) => say("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"),
    { reads: false },
  );
  const failed = await told(`https://localhost:${server.port}/`) as { said: string };
  assert.match(failed.said, /it does not speak TLS there\. Check whether base_url should begin/);
});

Deno.test("tls: a host that hangs up in the handshake is reported with a message", async () => {
  await using server = rawServer(() => Promise.resolve(), { reads: false });
  const failed = await told(`https://localhost:${server.port}/`) as {
    failed: string;
    said: string;
  };
  assert.equal(failed.failed, "unreachable");
  assert.match(
    failed.said,
    /^Sim could not be reached at localhost:\d+: connection (reset|closed)/,
  );
});
