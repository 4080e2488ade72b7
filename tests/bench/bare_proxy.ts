/**
 * The least a proxy can do, as the yardstick: `Deno.serve`, `fetch`, and the body handed on.
 *
 * Usage: `deno run -A bare_proxy.ts UPSTREAM_PORT`; says where it listens like the sidecar does.
 *
 * @module
 */

const upstream = `http://127.0.0.1:${Deno.args[0]}`;

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen({ port }) {
    const line = `bare proxy listening on http://127.0.0.1:${port}\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(line));
  },
}, async (request) => {
  const controller = new AbortController();
  request.signal.addEventListener("abort", () => controller.abort());
  const answer = await fetch(upstream + new URL(request.url).pathname, {
    method: request.method,
    headers: { "content-type": "application/json" },
    body: request.body,
    signal: controller.signal,
  });
  return new Response(answer.body, {
    status: answer.status,
    headers: { "content-type": answer.headers.get("content-type") ?? "text/plain" },
  });
});
