import assert from "node:assert/strict";
import { lines } from "../helpers/codex.ts";
import { compiled, denoDir, program } from "../helpers/program.ts";

/** Numbers of two users who have nothing but a home each. */
const [ANN, BOB] = [64_101, 64_102] as const;
const ignore = Deno.build.os !== "linux" || Deno.uid() !== 0 || !hasSetpriv();

function hasSetpriv(): boolean {
  try {
    return new Deno.Command("setpriv", { args: ["--version"], stdout: "null" }).outputSync()
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The program where every user may read it: root's own folders are closed to them. */
async function sharedProgram(folder: string): Promise<string[]> {
  const runtime = `${folder}/runtime`;
  await Deno.copyFile(program[0], runtime);
  await Deno.chmod(runtime, 0o755);
  if (compiled) return [runtime];
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform=deno", "-o", `${folder}/sidecar.js`, main],
    env: { DENO_DIR: denoDir },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return [runtime, "run", "--no-config", "-A", `${folder}/sidecar.js`];
}

/** A command line of a user's. */
function as(user: number, home: string, words: readonly string[]): Deno.Command {
  return new Deno.Command("setpriv", {
    args: ["--reuid", `${user}`, "--regid", `${user}`, "--clear-groups", ...words],
    clearEnv: true,
    env: { HOME: home, DENO_DIR: `${home}/deno`, PATH: "/usr/bin:/bin", NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function ended(command: Deno.Command) {
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), said: text(stdout) + text(stderr) };
}

Deno.test({
  name:
    "two users (as root, with setpriv): each knows the own sidecar, and takes the other's for a stranger",
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "sidecar-users-" });
    await Deno.chmod(folder, 0o755);
    const words = await sharedProgram(folder);
    const [ann, bob] = [`${folder}/ann`, `${folder}/bob`];
    for (const [home, user] of [[ann, ANN], [bob, BOB]] as const) {
      await Deno.mkdir(home, { mode: 0o755 });
      await Deno.chown(home, user, user);
    }
    const child = as(BOB, bob, [...words, "serve", "--port", "0"]).spawn();
    let port = 0;
    const log: string[] = [];
    for await (const line of lines(child.stderr)) {
      log.push(line);
      port = Number(/listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? 0);
      if (port > 0) break;
    }
    assert.ok(port > 0, log.join("\n"));
    const settings = `listen: { port: ${port} }\n`;
    for (const home of [ann, bob]) {
      await Deno.mkdir(`${home}/.config/codex-sidecar`, { recursive: true });
      await Deno.writeTextFile(`${home}/.config/codex-sidecar/config.yaml`, settings);
    }
    const status = [...words, "status", "--up", "--json"];
    const own = await ended(as(BOB, bob, status));
    const others = await ended(as(ANN, ann, status));
    const doctor = await ended(as(ANN, ann, [...words, "doctor"]));
    const secret = `${bob}/.local/state/codex-sidecar/identity`;
    const read = await ended(as(ANN, ann, ["cat", secret]));
    child.kill("SIGTERM");
    await child.stdout.cancel();
    await child.status;
    const mine = JSON.parse(own.out).sidecar;
    assert.deepEqual([own.code, mine.up, mine.other], [0, true, undefined], own.said);
    const theirs = JSON.parse(others.out).sidecar;
    assert.deepEqual([others.code, theirs.up, theirs.version], [
      1,
      false,
      null,
    ]);
    const says =
      /another program \(or another user's sidecar\) has port \d+; it answered as a sidecar \S+ does, with a proof that is not yours/;
    assert.match(theirs.other, says);
    assert.match(doctor.said, new RegExp(`✗ port +${says.source}`));
    assert.deepEqual([read.code, read.out], [1, ""]);
    const { mode, uid } = Deno.statSync(secret);
    assert.deepEqual([(mode ?? 0) & 0o777, uid], [0o600, BOB]);
    await Deno.remove(folder, { recursive: true });
  },
});
