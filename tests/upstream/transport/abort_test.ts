import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  rawServer,
  sendOnce,
  silentAddress,
  type ToldOptions,
} from "../../helpers/peers/raw_server.ts";
import { soon } from "../../helpers/clock/soon.ts";
import { freePort } from "../../helpers/free_port.ts";

/** Collects garbage for real. */
function collect(): void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  gc();
  gc();
}

interface Stage extends ToldOptions {
  readonly scheme?: string;
  /** What the server does once it has the head; by default it waits. */
  readonly serve?: (say: (text: string) => Promise<void>) => Promise<void>;
  /** Whether the server reads at all. */
  readonly reads?: boolean;
  /** Whether the request goes through a proxy at the server's port. */
  readonly proxied?: boolean;
}

const HEAD = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
const STAGES: Readonly<Record<string, Stage>> = {
  "while the proxy is asked": { scheme: "https", proxied: true },
  "while a SOCKS proxy is asked": {
    proxied: true,
    environment: { ALL_PROXY: "socks5" },
    reads: false,
  },
  "in the TLS handshake": { scheme: "https", reads: false },
  "while a large body is sent to a peer that does not read": {
    reads: false,
    body: () => "x".repeat(5_000_000),
  },
  "while the head is waited for": {},
  "in the middle of the head": { serve: (say) => say("HTTP/1.1 200 OK\r\nx-a: ") },
  "while the body is waited for": { serve: (say) => say(HEAD) },
  "in the middle of the body": { serve: (say) => say(`${HEAD}5\r\nhello\r\n`) },
  "while a client does not read the body": {
    serve: async (say) => {
      await say("HTTP/1.1 200 OK\r\n\r\n");
      while (true) await say("x".repeat(100_000));
    },
  },
};

for (const [name, stage] of Object.entries(STAGES)) {
  Deno.test(`abort: ${name}, garbage collected before`, async () => {
    const { serve, reads = true, scheme = "http", proxied = false, environment, ...more } = stage;
    const here = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    await using server = rawServer(async (connection) => {
      here.resolve();
      try {
        if (!reads) {
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        await serve?.(connection.say);
        await connection.gone();
      } finally {
        gone.resolve();
      }
    }, { reads });
    const proxy = `${environment ? "socks5" : "http"}://127.0.0.1:${server.port}`;
    const host = proxied ? "api.sidecar.test" : `127.0.0.1:${server.port}`;
    const abort = new AbortController();
    const reason = new Error("left");
    const sent = sendOnce(`${scheme}://${host}/`, {
      signal: abort.signal,
      environment: proxied ? { ALL_PROXY: proxy } : {},
      ...more,
    });
    const outcome = sent.then(async ({ body }) => {
      if (name.includes("does not read the body")) return "head";
      while (await body.read());
      return "over";
    });
    outcome.catch(() => {}); // it is looked at later
    await here.promise;
    await new Promise((resolve) => setTimeout(resolve, 100));
    collect();
    abort.abort(reason);
    // Before the head the reason is thrown; after it the body is over, and whoever reads knows why
    const said = await soon(outcome.catch((error) => error));
    assert.ok(said === reason || said === "over" || said === "head", String(said));
    await soon(gone.promise);
  });
}

Deno.test("abort: while the name is looked up", async () => {
  const abort = new AbortController();
  const reason = new Error("left");
  const sent = sendOnce("http://host.test/", {
    signal: abort.signal,
    resolve: () => new Promise(() => {}),
  });
  setTimeout(() => abort.abort(reason), 50);
  collect();
  await assert.rejects(soon(sent), reason);
});

Deno.test("abort: while no address answers, and a deadline is one too", async () => {
  const port = freePort();
  await using silent = await silentAddress(port);
  if (!silent) return;
  const abort = new AbortController();
  const reason = new Error("left");
  const sent = sendOnce(`http://host.test:${port}/`, {
    signal: abort.signal,
    resolve: () => Promise.resolve([silent.host, silent.host]),
  });
  setTimeout(() => abort.abort(reason), 400);
  collect();
  await assert.rejects(soon(sent), reason);
});

Deno.test("abort: before anything was done nothing is done", async () => {
  await using server = rawServer(({ gone }) => gone());
  const signal = AbortSignal.abort(new Error("left"));
  await assert.rejects(sendOnce(`http://127.0.0.1:${server.port}/`, { signal }), /left/);
  assert.equal(server.accepted, 0);
});

Deno.test("abort: a body that was read to its end leaves no connection, though the server keeps it", async () => {
  const gone = Promise.withResolvers<void>();
  await using server = rawServer(async ({ say, gone: closed }) => {
    await say(`${HEAD}5\r\nhello\r\n0\r\n\r\n`);
    await closed();
    gone.resolve();
  });
  const { body } = await sendOnce(`http://127.0.0.1:${server.port}/`);
  while (await body.read());
  await soon(gone.promise);
});

Deno.test("abort: while an answer streams, nobody holds the request's body", async () => {
  const size = 8_000_000;
  await using server = rawServer(async ({ conn, say, gone }) => {
    const buffer = new Uint8Array(64 * 1024);
    for (let read = 0; read < size - buffer.length;) read += await conn.read(buffer) ?? size;
    await say(HEAD);
    await gone();
  });
  const abort = new AbortController();
  const used = () => {
    collect();
    const { heapUsed, external } = Deno.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      sendOnce(`http://127.0.0.1:${server.port}/`, {
        signal: abort.signal,
        body: () => JSON.stringify({ text: `${n}`.repeat(size) }),
      })),
  );
  assert.equal(answers.length, 8);
  let held = Infinity;
  for (let tries = 0; tries < 100 && held >= 24_000_000; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    held = used() - before;
  }
  assert.ok(held < 24_000_000, `${held} bytes are held`);
  abort.abort(new Error("over"));
});
