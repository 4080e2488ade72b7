/**
 * Ten lines over `node:http`: what a proxy costs that hands on every chunk in JavaScript and looks into none.
 *
 * Usage: `deno run -A node_proxy.ts UPSTREAM_PORT`; says where it listens like the sidecar does.
 *
 * @module
 */

import { createServer, request } from "node:http";

const server = createServer((asked, response) => {
  const { url: path, method } = asked;
  const { connection: _, ...headers } = asked.headers; // hop by hop
  const options = { host: "127.0.0.1", port: Deno.args[0], path, method, headers };
  const upward = request(options, (answer) => {
    response.writeHead(answer.statusCode ?? 502, {
      "content-type": answer.headers["content-type"],
    });
    answer.pipe(response);
  });
  upward.on("error", () => response.destroy());
  response.on("close", () => upward.destroy());
  asked.pipe(upward);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  Deno.stderr.writeSync(
    new TextEncoder().encode(`node proxy listening on http://127.0.0.1:${port}\n`),
  );
});
