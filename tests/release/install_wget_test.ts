/** `install.sh` without curl: wget is led over redirects, and never takes anything that came over plain http. */

import assert from "node:assert/strict";
import { serve } from "../helpers/peers/sockets.ts";
import { archive, install, which } from "./install_world.ts";

const NAME = "sidecar-linux-x64.tar.gz";
const MIRROR = "https://mirror.test";

/** The programs called wget that this machine has, as a command line. */
const WGETS: [name: string, command: string | undefined][] = [
  ["GNU wget", which("wget")],
  ["BusyBox wget", which("busybox") && `${which("busybox")} wget`],
];

/** Where the mirror sends whom, by the path that was asked; the rest is served. */
type Redirects = Readonly<Record<string, string>>;

const FILE = `/latest/download/${NAME}`;
const cases: [name: string, redirects: Redirects, installed: boolean, gnuOnly?: true][] = [
  ["straight", {}, true],
  ["over https", { [FILE]: `${MIRROR}/hop`, "/hop": `${MIRROR}/file` }, true, true],
  ["over a path alone", { [FILE]: "/file" }, true, true],
  ["over a name alone", { [FILE]: "//mirror.test/file" }, true, true],
  ["to http", { [FILE]: "$PLAIN/file" }, false],
  ["to HTTP", { [FILE]: "HTTP://$HOST/file" }, false],
  ["over https to http", { [FILE]: `${MIRROR}/hop`, "/hop": "$PLAIN/file" }, false, true],
  ["of the checksums to http", { "/latest/download/SHA256SUMS": "$PLAIN/sums" }, false],
];

for (const [program, command] of WGETS) {
  for (const [name, redirects, installed, gnuOnly] of cases) {
    // BusyBox follows by itself, and the mirror is none that it could find
    if (gnuOnly && program !== "GNU wget") continue;
    Deno.test({
      name: `install: with ${program}, a redirect ${name} ${installed ? "is" : "is not"} taken${
        command ? "" : ` (ignored: this machine has no ${program})`
      }`,
      ignore: Deno.build.os === "windows" || command === undefined,
      async fn() {
        const bytes = await archive("sidecar-linux-x64");
        const sum = [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))]
          .map((byte) => byte.toString(16).padStart(2, "0")).join("");
        const asked: string[] = [];
        await using server = serve((request) => {
          const { pathname, host } = new URL(request.url);
          asked.push(pathname);
          const location = redirects[pathname]?.replace("$PLAIN", `http://${host}`)
            .replace("$HOST", host);
          if (location) return new Response(null, { status: 302, headers: { location } });
          return /sums$/i.test(pathname) ? new Response(`${sum}  ${NAME}\n`) : new Response(bytes);
        });
        // The mirror's name leads to loopback, without TLS: what is tested is where the script lets it go
        const wget = `for one; do shift
case $one in ${MIRROR}/*) one=http://127.0.0.1:${server.port}/\${one#${MIRROR}/} ;; esac
set -- "$@" "$one"; done
exec ${command} "$@"`;
        const run = await install({
          without: ["curl"],
          fake: { wget },
          env: { SIDECAR_BASE_URL: MIRROR },
        });
        if (installed) {
          assert.deepEqual([run.code, run.err], [0, ""]);
          assert.ok(run.disk["home/.local/bin/sidecar"]);
          return;
        }
        assert.deepEqual([run.code, run.untouched], [1, true], run.err);
        assert.match(run.err, /^install: \S+ was to come over plain http: .*\n {2}-> Nothing was/);
        if (program === "GNU wget") {
          assert.ok(!asked.includes("/file") && !asked.includes("/sums"), asked.join());
        }
      },
    });
  }
}
