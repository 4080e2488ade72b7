import assert from "node:assert/strict";
import { lines } from "../helpers/codex/codex.ts";
import { as, ended, noUsers as ignore, sharedProgram } from "../helpers/system/users.ts";
import { removeFolder } from "../helpers/system/temp_folder.ts";

/** Numbers of two users who have nothing but a home each. */
const [ANN, BOB] = [64_101, 64_102] as const;

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
    await removeFolder(folder);
  },
});

Deno.test({
  name:
    "two users (as root, with setpriv): what init makes under sudo is its user's, who can undo it",
  ignore,
  async fn(test) {
    const folder = await Deno.makeTempDir({ prefix: "sidecar-sudo-" });
    await Deno.chmod(folder, 0o755);
    const words = await sharedProgram(folder);
    const text = (host: string) =>
      `model_provider = "c"\n[model_providers.c]\nbase_url = "https://${host}/v1"\nstream_max_retries = 7\n`;
    const steps = [
      "under sudo and back as the user",
      "a list that root kept for itself is lost, and the URLs suffice",
    ];
    for (const [at, name] of steps.entries()) {
      await test.step(name, async () => {
        const home = `${folder}/home${at}`;
        const config = `${home}/.codex/config.toml`;
        await Deno.mkdir(`${home}/.codex`, { recursive: true });
        await Deno.writeTextFile(config, text("a.example"));
        for (const path of [home, `${home}/.codex`, config]) await Deno.chown(path, ANN, ANN);
        const sudo = { SUDO_UID: `${ANN}` };
        const only = ["--yes", "--only", "codex"];
        const made = await ended(as(0, home, [...words, "init", ...only], sudo));
        assert.equal(made.code, 0, made.said);
        const state = `${home}/.local/state/codex-sidecar`;
        for (
          const path of [
            config,
            `${home}/.local`,
            state,
            `${state}/manifest.json`,
            `${state}/backups`,
          ]
        ) {
          assert.equal((await Deno.stat(path)).uid, ANN, path);
        }
        // Again under sudo: the folder is another user's, who is the one that asks
        const again = await ended(as(0, home, [...words, "init", "--port", "9000", ...only], sudo));
        assert.equal(again.code, 0, again.said);
        if (at === 1) {
          for (const path of [state, `${state}/manifest.json`]) await Deno.chown(path, 0, 0);
          await Deno.chmod(`${state}/manifest.json`, 0o600);
          await Deno.chmod(state, 0o755);
        }
        const back = await ended(as(ANN, home, [...words, "undo", ...only]));
        assert.equal(back.code, 0, back.said);
        const now = await Deno.readTextFile(config);
        if (at === 0) assert.equal(now, text("a.example"));
        else {
          assert.match(
            back.said,
            /Cannot read \S+manifest\.json: the system does not permit it: looking for/,
          );
          assert.match(now, /base_url = "https:\/\/a\.example\/v1"/);
        }
        // Nobody but sudo vouches for another user's folder
        const stranger = await ended(as(0, home, [...words, "undo", ...only]));
        assert.equal(stranger.code, at === 0 ? 2 : 0, stranger.said);
      });
    }
    await removeFolder(folder);
  },
});
