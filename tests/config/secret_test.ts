import assert from "node:assert/strict";
import { keepSecret, readSecret, secretFile } from "../../lib/config/secret.ts";

const ignore = Deno.build.os === "windows";

/** A state folder that is not there yet. */
async function inFolder(use: (file: string, dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "sidecar-secret-" });
  try {
    await use(secretFile(Deno.build.os, `${dir}/state`), dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const names = (file: string) =>
  [...Deno.readDirSync(file.replace(/[\\/][^\\/]*$/, ""))].map(({ name }) => name);
const modeOf = (path: string) => (Deno.lstatSync(path).mode ?? 0) & 0o777;

Deno.test("secret: whoever only reads creates nothing", () =>
  inFolder(async (file, dir) => {
    assert.deepEqual(await readSecret(file), { is: "none" });
    assert.deepEqual([...Deno.readDirSync(dir)], []);
  }));

Deno.test("secret: of twenty that start together all have the same one, and no draft stays", () =>
  inFolder(async (file) => {
    const found = await Promise.all(Array.from({ length: 20 }, () => keepSecret(file)));
    const read = await readSecret(file);
    assert.ok(read.is === "secret");
    assert.equal(read.secret.length, 32);
    assert.ok(new Set(read.secret).size > 8, "these bytes are not random");
    for (const one of found) assert.deepEqual(one, read);
    assert.deepEqual(names(file), ["identity"]);
  }));

Deno.test({
  name: "secret: file and folder are their owner's alone",
  ignore,
  fn: () =>
    inFolder(async (file, dir) => {
      await keepSecret(file);
      assert.deepEqual([modeOf(file), modeOf(`${dir}/state`)], [0o600, 0o700]);
    }),
});

const good = "0".repeat(64) + "\n";
const bad: [name: string, lay: (file: string) => void, why: RegExp][] = [
  ["that is empty", (file) => lay(file, ""), /^does not hold a secret$/],
  ["that is half written", (file) => lay(file, good.slice(0, 40)), /does not hold/],
  ["that is too long", (file) => lay(file, good + "0"), /does not hold/],
  ["without its line feed", (file) => lay(file, good.slice(0, 64) + "0"), /does not hold/],
  ["that others may read", (file) => lay(file, good, 0o644), /may be read or written by other/],
  ["that its group may write", (file) => lay(file, good, 0o620), /may be read or written by/],
  [
    "that is a link to one others know",
    (file) => {
      lay(`${file}-of-others`, good);
      Deno.symlinkSync(`${file}-of-others`, file);
    },
    /^cannot be read \(ELOOP\)$/,
  ],
  [
    "that is a pipe",
    (file) => void new Deno.Command("mkfifo", { args: [file] }).outputSync(),
    /^is no file$/,
  ],
];
for (const [name, put, why] of bad) {
  Deno.test({
    name: `secret: a file ${name} is not used, and made anew by serve alone`,
    ignore,
    fn: () =>
      inFolder(async (file, dir) => {
        Deno.mkdirSync(`${dir}/state`);
        put(file);
        const read = await readSecret(file);
        assert.ok(read.is === "bad", read.is);
        assert.match(read.why, why);
        const anew = await keepSecret(file);
        assert.ok(anew.is === "secret", JSON.stringify(anew));
        assert.notDeepEqual(anew.secret, new Uint8Array(32));
        assert.deepEqual(await readSecret(file), anew);
        assert.equal(modeOf(file), 0o600);
      }),
  });
}

Deno.test({
  name: "secret: one that belongs to another user is not used",
  ignore: ignore || Deno.uid() !== 0,
  fn: () =>
    inFolder(async (file) => {
      await keepSecret(file);
      assert.deepEqual(await readSecret(file, 4242), { is: "bad", why: "belongs to another user" });
      assert.equal((await readSecret(file, 0)).is, "secret");
    }),
});

Deno.test("secret: where none can be kept, the reason is returned and nothing is thrown", () =>
  inFolder(async (file, dir) => {
    Deno.writeTextFileSync(`${dir}/state`, "a file in the folder's place");
    const found = await keepSecret(file);
    assert.ok(found.is === "bad");
    assert.match(found.why, /^cannot be written \(\w+\)$/);
  }));

function lay(file: string, text: string, mode = 0o600): void {
  Deno.writeTextFileSync(file, text);
  Deno.chmodSync(file, mode);
}

Deno.test({
  name: "secret: under root it is its folder's owner's, in a user's home that user's (as root)",
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  async fn() {
    const home = await Deno.makeTempDir();
    await Deno.chown(home, 1234, 4321);
    const { is } = await keepSecret(`${home}/state/codex-sidecar/identity`);
    const owners = ["state", "state/codex-sidecar", "state/codex-sidecar/identity"]
      .map((name) => Deno.statSync(`${home}/${name}`))
      .map(({ uid, gid, mode }) => [uid, gid, (mode ?? 0) & 0o077]);
    await Deno.remove(home, { recursive: true });
    assert.deepEqual([is, ...owners], ["secret", [1234, 4321, 0], [1234, 4321, 0], [
      1234,
      4321,
      0,
    ]]);
  },
});
