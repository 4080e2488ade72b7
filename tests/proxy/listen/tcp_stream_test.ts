import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { TcpStream } from "../../../lib/proxy/listen/tcp_stream.ts";

Deno.test("tcp stream: what came last is a few bytes with memory of their own, whatever came before", async () => {
  const sent = Uint8Array.from({ length: 100_000 }, (_, at) => at % 251);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  const stream = new TcpStream(await listener.accept());
  const chunks: Uint8Array[] = [];
  let size = 0;
  const whole = Promise.withResolvers<void>();
  stream.on("data", (chunk: Uint8Array) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size === sent.length) whole.resolve();
  });
  for (let at = 0; at < sent.length;) at += await client.write(sent.subarray(at));
  await whole.promise;
  const last = chunks.at(-1);
  const closed = new Promise((resolve) => stream.once("close", resolve));
  stream.destroy();
  await closed;
  assert.deepEqual(Buffer.concat(chunks), Buffer.from(sent));
  assert.ok(last && last.buffer.byteLength <= 64, `${last?.buffer.byteLength} bytes`);
});
