import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { rawServer, told } from "../../helpers/peers/raw_server.ts";
import { freePort } from "../../helpers/free_port.ts";

const CERTS = new URL("./certs/", import.meta.url);
const PEM = {
  key: Deno.readTextFileSync(new URL("good.key", CERTS)),
  cert: Deno.readTextFileSync(new URL("good.pem", CERTS)),
};
const TRUSTED = { NODE_EXTRA_CA_CERTS: new URL("ca.pem", CERTS).pathname };

/** Stops a server when the test is over; `port` is where it listens. */
async function listening<T extends ReturnType<typeof createServer>>(server: T) {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

function quiet(socket: Socket): Socket {
  return socket.on("error", () => socket.destroy());
}

/** Joins two sockets. */
function join(client: Socket, port: number, ready: () => void): void {
  const host = quiet(connect(port, "127.0.0.1", () => {
    ready();
    client.pipe(host);
    host.pipe(client);
  }));
}

/** The host behind the proxies; says which request line it got. */
function origin(secure: boolean) {
  const answer = (socket: Socket) => {
    quiet(socket).once("data", (bytes: Uint8Array) => {
      const [line = ""] = new TextDecoder().decode(bytes).split("\r\n");
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${line.length}\r\n\r\n${line}`);
    });
  };
  return listening(secure ? createTlsServer(PEM, answer) : createServer(answer));
}

/** An HTTP proxy that asks for `me:p@ss` where `auth`; connects every name to loopback; tells what it was asked. */
async function httpProxy(port: number, { auth = false, secure = false } = {}) {
  const asked: string[] = [];
  const want = `Basic ${btoa("me:p@ss")}`;
  const server = createHttpServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.host}`);
    if (auth && request.headers["proxy-authorization"] !== want) {
      return void response.writeHead(407).end("who are you?");
    }
    response.end("through the proxy");
  });
  server.on("connect", (request, socket) => {
    const client = quiet(socket as Socket);
    asked.push(`CONNECT ${request.url}`);
    if (auth && request.headers["proxy-authorization"] !== want) {
      return void client.end("HTTP/1.1 407 Who Are You\r\ncontent-length: 0\r\n\r\n");
    }
    if (request.url?.startsWith("forbidden")) {
      return void client.end("HTTP/1.1 502 Bad\x1b[31m Gateway\r\n\r\n");
    }
    join(client, port, () => client.write("HTTP/1.1 200 Connection established\r\n\r\n"));
  });
  const front = secure
    ? createTlsServer(PEM, (socket) => void server.emit("connection", quiet(socket)))
    : server;
  return { asked, ...await listening(front) };
}

async function read(url: string, environment: Record<string, string>) {
  const resolve = () => Promise.reject(new Error("the proxy looks names up"));
  const came = await told(url, { environment: { ...TRUSTED, ...environment }, resolve });
  return "text" in came ? came.text : `${came.failed}: ${came.said}`;
}

Deno.test("proxy: https goes through CONNECT, with user and password, and the host's certificate counts", async () => {
  await using host = await origin(true);
  await using proxy = await httpProxy(host.port, { auth: true });
  const text = await read("https://api.sidecar.test/v1/responses", {
    HTTPS_PROXY: `http://me:p%40ss@127.0.0.1:${proxy.port}`,
  });
  assert.equal(text, "POST /v1/responses HTTP/1.1");
  assert.deepEqual(proxy.asked, ["CONNECT api.sidecar.test:443"]);
  assert.match(
    await read("https://other.test/", { https_proxy: `http://me:p%40ss@127.0.0.1:${proxy.port}` }),
    /^unreachable: Sim could not be reached at other.test: its certificate was issued for another/,
  );
});

Deno.test("proxy: http is handed to the proxy whole, as curl does", async () => {
  await using proxy = await httpProxy(0, { auth: true });
  const url = "http://api.sidecar.test:8080/v1/responses?a=b";
  const own = `127.0.0.1:${proxy.port}`;
  assert.equal(await read(url, { HTTP_PROXY: `http://me:p%40ss@${own}` }), "through the proxy");
  assert.deepEqual(proxy.asked, [`POST ${url} api.sidecar.test:8080`]);
  assert.match(
    await read(url, { http_proxy: own }),
    /^unreachable: The proxy 127.0.0.1:\d+ asks for a user and a password .*HTTP 407.* Put user and password/,
  );
});

Deno.test("proxy: a proxy that is itself reached over TLS", async () => {
  await using host = await origin(true);
  await using proxy = await httpProxy(host.port, { secure: true });
  const environment = { ALL_PROXY: `https://localhost:${proxy.port}` };
  const resolve = () => Promise.resolve(["127.0.0.1"]);
  const came = await told("https://api.sidecar.test/x", {
    environment: { ...TRUSTED, ...environment },
    resolve,
  });
  assert.equal("text" in came ? came.text : came.said, "POST /x HTTP/1.1");
});

Deno.test("proxy: what the proxy refuses is reported as the proxy's", async () => {
  await using host = await origin(true);
  await using proxy = await httpProxy(host.port, { auth: true });
  await using open = await httpProxy(host.port);
  const at = (port: number, who = "") => ({ HTTPS_PROXY: `http://${who}127.0.0.1:${port}` });
  assert.match(
    await read("https://api.sidecar.test/", at(proxy.port)),
    /^unreachable: The proxy 127.0.0.1:\d+ asks for a user and a password it does not have \(HTTP 407\)\. Put/,
  );
  const wrong = await read("https://api.sidecar.test/", at(proxy.port, "me:hunter2@"));
  assert.match(wrong, /^unreachable: The proxy .*HTTP 407\)\. Check user and password/);
  assert.ok(!wrong.includes("hunter2"));
  assert.equal(
    await read("https://forbidden.sidecar.test/", at(open.port)),
    `unreachable: The proxy 127.0.0.1:${open.port} does not connect to forbidden.sidecar.test:443: ` +
      "HTTP 502 Bad[31m Gateway. Check the proxy, or exclude the host with NO_PROXY",
  );
  const dead = freePort();
  assert.equal(
    await read("https://api.sidecar.test/", at(dead)),
    `unreachable: The proxy 127.0.0.1:${dead} could not be reached: Connection refused. ` +
      "Check the proxy, or exclude the host with NO_PROXY",
  );
  assert.equal(host.port > 0 && open.asked.length, 1);
});

Deno.test("proxy: one that hangs up, or is no proxy, is reported as that", async () => {
  await using silent = rawServer(() => Promise.resolve());
  await using shell = rawServer(({ say }) => say("SSH-2.0-OpenSSH_9.9\r\n\r\n"));
  for (const { port } of [silent, shell]) {
    const HTTPS_PROXY = `http://127.0.0.1:${port}`;
    assert.match(
      await read("https://api.sidecar.test/", { HTTPS_PROXY }),
      /^unreachable: The proxy 127.0.0.1:\d+ /,
    );
  }
});

/** A SOCKS proxy, version 4a or 5, that takes `me:p@ss` where `auth`; connects everything to `port`. */
function socksProxy(port: number, { auth = false, refuse = false } = {}) {
  const asked: string[] = [];
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const server = createServer((socket) => {
    const next = (then: (bytes: Uint8Array) => void) => quiet(socket).once("data", then);
    const five = (bytes: Uint8Array) => {
      asked.push(`5 ${text(bytes.subarray(5, 5 + (bytes[4] ?? 0)))}`);
      const reply = (code: number) =>
        void socket.write(Uint8Array.of(5, code, 0, 1, 0, 0, 0, 0, 0, 0));
      if (refuse) reply(2);
      else join(socket, port, () => reply(0));
    };
    next((bytes) => {
      if (bytes[0] === 4) {
        asked.push(`4 ${text(bytes.subarray(9, -1))}`);
        return join(socket, port, () => socket.write(Uint8Array.of(0, 90, 0, 0, 0, 0, 0, 0)));
      }
      socket.write(Uint8Array.of(5, auth ? 2 : 0));
      if (!auth) return next(five);
      next((who) => {
        const good = text(who.subarray(2)) === "me\x04p@ss";
        socket.write(Uint8Array.of(1, good ? 0 : 1));
        if (good) next(five);
      });
    });
  });
  return listening(server).then((running) => ({ asked, ...running }));
}

for (
  const [scheme, auth, version] of [
    ["socks5", false, 5],
    ["socks5h", true, 5],
    ["socks4a", false, 4],
  ] as const
) {
  Deno.test(`proxy: ${scheme}${auth ? " with user and password" : ""}, for https and http`, async () => {
    for (const secure of [true, false]) {
      await using host = await origin(secure);
      await using proxy = await socksProxy(host.port, { auth });
      const who = auth ? "me:p%40ss@" : "";
      const ALL_PROXY = `${scheme}://${who}127.0.0.1:${proxy.port}`;
      const url = `http${secure ? "s" : ""}://api.sidecar.test/x`;
      assert.equal(await read(url, { ALL_PROXY }), "POST /x HTTP/1.1");
      assert.deepEqual(proxy.asked, [`${version} api.sidecar.test`]);
    }
  });
}

Deno.test("proxy: what a SOCKS proxy refuses is reported as the proxy's", async () => {
  await using proxy = await socksProxy(0, { refuse: true });
  await using strict = await socksProxy(0, { auth: true });
  const at = (port: number) => ({ ALL_PROXY: `socks5://127.0.0.1:${port}` });
  const refused = "does not connect to api.sidecar.test:443: not allowed by its rules";
  const asks = "asks for a user and a password it does not have";
  for (const [{ port }, message] of [[proxy, refused], [strict, asks]] as const) {
    assert.equal(
      await read("https://api.sidecar.test/", at(port)),
      `unreachable: The proxy 127.0.0.1:${port} ${message}. ` +
        "Check the proxy, or exclude the host with NO_PROXY",
    );
  }
  assert.match(
    await read("https://api.sidecar.test/", {
      ALL_PROXY: `socks5://me:hunter2@127.0.0.1:${strict.port}`,
    }),
    /The proxy 127.0.0.1:\d+ does not take the user and password of the proxy variable\./,
  );
});

Deno.test("proxy: a SOCKS proxy that says everything in single bytes, or is none", async () => {
  await using slow = rawServer(async ({ conn, say }) => {
    const bytes = new Uint8Array(512);
    await conn.read(bytes);
    await say("\x05");
    await say("\0");
    await conn.read(bytes);
    for (const byte of "\x05\0\0\x03\x04nameXY") await say(byte);
    await conn.read(bytes);
    await say("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  }, { reads: false });
  await using none = rawServer(({ say }) => say("HTTP/1.1 400 Bad\r\n\r\n"), { reads: false });
  await using closes = rawServer(() => Promise.resolve(), { reads: false });
  const ask = ({ port }: { port: number }) =>
    read("http://api.sidecar.test/", { ALL_PROXY: `socks5://127.0.0.1:${port}` });
  assert.equal(await ask(slow), "ok");
  assert.match(await ask(none), /The proxy 127.0.0.1:\d+ does not speak SOCKS 5/);
  assert.match(
    await ask(closes),
    /The proxy 127.0.0.1:\d+ could not be reached: connection closed/,
  );
});

Deno.test("proxy: loopback and what NO_PROXY names are reached directly", async () => {
  await using host = await origin(false);
  await using proxy = await httpProxy(host.port);
  const environment = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: "direct.test" };
  for (const name of ["127.0.0.1", "localhost", "direct.test", "api.direct.test"]) {
    const resolve = () => Promise.resolve(["127.0.0.1"]);
    const came = await told(`http://${name}:${host.port}/x`, { environment, resolve });
    assert.equal("text" in came ? came.text : came.said, "POST /x HTTP/1.1");
  }
  assert.deepEqual(proxy.asked, []);
});
