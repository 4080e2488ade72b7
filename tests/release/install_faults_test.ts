/** `install.sh` where something happens to it: cut, interrupted, in use, not allowed. */

import assert from "node:assert/strict";
import { install, SAID, SCRIPT, which } from "./install_world.ts";

const ignore = Deno.build.os === "windows";
const linux = Deno.build.os === "linux";

Deno.test({
  name: "install: a script that was cut anywhere runs nothing",
  ignore,
  async fn() {
    const length = SCRIPT.length;
    // Its last line is tried at every character, the rest at every 997th, and where a function has just ended
    const last = Array.from({ length: 17 }, (_, i) => length - 1 - i);
    const ends = [...SCRIPT.matchAll(/\n}\n/g)].map(({ index }) => index + 3);
    const rest = Array.from({ length: Math.floor(length / 997) }, (_, i) => (i + 1) * 997);
    // Without the line end the script is whole
    assert.equal(SCRIPT.at(-1), "\n");
    for (const piped of [...last.slice(1), ...ends, ...rest]) {
      const { asked, untouched, out } = await install({ piped });
      assert.deepEqual(
        { asked, untouched, out },
        { asked: [], untouched: true, out: "" },
        `${piped}`,
      );
    }
    assert.equal((await install({ piped: length - 1 })).code, 0);
  },
});

Deno.test({
  name: "install: a program that runs is replaced, and goes on",
  // A Mac does not run copies of its own programs
  ignore: !linux,
  async fn() {
    let old: Deno.ChildProcess | undefined;
    const run = await install({
      before(root) {
        Deno.mkdirSync(`${root}/home/.local/bin`, { recursive: true });
        const path = `${root}/home/.local/bin/sidecar`;
        // A real program: of a script, the system would not mind what becomes of the file
        Deno.copyFileSync(which("sleep") ?? "", path);
        old = new Deno.Command(path, { args: ["60"] }).spawn();
      },
    });
    assert.deepEqual([run.code, run.err], [0, ""]);
    assert.equal(run.disk["home/.local/bin/sidecar"], `755 echo "${SAID}"`);
    assert.ok(old);
    old.kill("SIGINT");
    assert.equal((await old.status).signal, "SIGINT");
  },
});

Deno.test({
  name: "install: a link in the program's place is replaced, and what it led to stays",
  ignore,
  async fn() {
    const run = await install({
      before(root) {
        Deno.mkdirSync(`${root}/home/.local/bin`, { recursive: true });
        Deno.writeTextFileSync(`${root}/home/other`, "other", { mode: 0o644 });
        Deno.symlinkSync(`${root}/home/other`, `${root}/home/.local/bin/sidecar`);
      },
    });
    assert.equal(run.code, 0, run.err);
    assert.deepEqual([run.disk["home/other"], run.disk["home/.local/bin/sidecar"]], [
      "644 other",
      `755 echo "${SAID}"`,
    ]);
  },
});

Deno.test({
  name: "install: what was installed before stays when the new program does not run",
  ignore,
  async fn() {
    const run = await install({
      program: "exit 1",
      before(root) {
        Deno.mkdirSync(`${root}/home/.local/bin`, { recursive: true });
        Deno.writeTextFileSync(`${root}/home/.local/bin/sidecar`, "old", { mode: 0o755 });
      },
    });
    assert.deepEqual([run.code, run.untouched], [1, true]);
  },
});

const root = linux && Deno.uid() === 0;
Deno.test({
  name: "install: a folder that may not be written to is named, with no trace",
  ignore: ignore || (root && !which("setpriv")),
  async fn() {
    // Root may write everywhere, so there the script runs as nobody
    const shell = root
      ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh"]
      : ["sh"];
    const run = await install({
      shell,
      before(root) {
        for (const name of ["", "/home", "/tmp"]) Deno.chmodSync(`${root}${name}`, 0o777);
        Deno.mkdirSync(`${root}/home/shut`);
        Deno.chmodSync(`${root}/home/shut`, 0o555);
      },
      env: { SIDECAR_INSTALL_DIR: "$ROOT/home/shut" },
    });
    assert.match(run.err, /^install: \$ROOT\/home\/shut cannot be written to\n {2}-> .*\n$/);
    assert.deepEqual([run.code, run.untouched], [1, true]);
  },
});

for (const [signal, code] of [["INT", 130], ["TERM", 143], ["HUP", 143]] as const) {
  Deno.test({
    name: `install: SIG${signal} during the download leaves nothing behind`,
    ignore: !linux || !which("setsid"),
    async fn() {
      const arrived = Promise.withResolvers<void>();
      const gone = Promise.withResolvers<void>();
      const run = await install({
        // A terminal sends it to the whole group, so the script gets a group of its own
        shell: ["setsid", "sh"],
        hold: () => (arrived.resolve(), gone.promise),
        async during(child) {
          await arrived.promise;
          await new Deno.Command("kill", { args: [`-${signal}`, "--", `-${child.pid}`] }).output();
          await child.status;
          gone.resolve();
        },
      });
      assert.deepEqual([run.code, run.untouched], [code, true], run.err);
    },
  });
}

for (const folder of ["$ROOT/home/.local/bin", '$ROOT/home/it\'s a "$folder"', "$ROOT/elsewhere"]) {
  Deno.test({
    name: `install: the line it prints for PATH works: ${folder}`,
    ignore,
    async fn() {
      const run = await install({
        env: { SIDECAR_INSTALL_DIR: folder },
        // sh reads the line that was printed, and finds the program
        shell: [
          "sh",
          "-c",
          `sh "$0" >said; grep '^  export PATH' said >line; . ./line; command -v sidecar`,
        ],
        besides: ["grep"],
      });
      assert.deepEqual([run.out, run.err], [`${folder}/sidecar\n`, ""]);
    },
  });
}
