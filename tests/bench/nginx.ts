/**
 * nginx as a yardstick, where it is installed: one process, nothing buffered.
 *
 * @module
 */

import type { Hop } from "./hop.ts";
import { freePort } from "../helpers/free_port.ts";

/** Starts it before an upstream's port; returns the reason in words where it cannot be had. */
export async function startNginx(upstream: number): Promise<Hop | string> {
  const dir = await Deno.makeTempDir({ prefix: "bench-nginx-" });
  const port = freePort();
  await Deno.writeTextFile(`${dir}/nginx.conf`, configuration(dir, port, upstream));
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("nginx", {
      args: ["-p", dir, "-c", `${dir}/nginx.conf`, "-e", `${dir}/error.log`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  } catch (error) {
    await Deno.remove(dir, { recursive: true });
    if (error instanceof Deno.errors.NotFound) return "nginx is not installed here";
    throw error;
  }
  const close = async () => {
    try {
      child.kill("SIGTERM");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it is gone already
    }
    await child.status;
    await Deno.remove(dir, { recursive: true });
  };
  for (let tries = 0; tries < 100; tries++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return { name: "nginx", port, path: "/v1", pid: child.pid, close };
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const log = await Deno.readTextFile(`${dir}/error.log`).catch(() => "");
  await close();
  return `nginx did not start: ${log.slice(-300)}`;
}

function configuration(dir: string, port: number, upstream: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${dir}/${name};`).join(" ");
  return `daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/error.log crit;
worker_rlimit_nofile 20000;
events { worker_connections 16384; }
http {
  access_log off; ${temporary}
  client_max_body_size 0; client_body_buffer_size 8m;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://127.0.0.1:${upstream};
      proxy_http_version 1.1; proxy_buffering off; proxy_read_timeout 1h;
    }
  }
}
`;
}
