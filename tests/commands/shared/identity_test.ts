import assert from "node:assert/strict";
import { prove } from "../../../lib/base/identity.ts";
import { keepSecret, readSecret, secretFile } from "../../../lib/config/secret.ts";
import { sidecarCommand } from "../../helpers/program/program.ts";
import { type SidecarProcess, startSidecarProcess } from "../../helpers/program/sidecar.ts";
import { removeFolder } from "../../helpers/system/temp_folder.ts";

const ignore = Deno.build.os === "windows";
const KEY = "sk-abcdefgh12345678";
const TOKEN = "hush-hush-hush";

/** A home whose settings lead Codex to `port`, with a key and a token that nobody else may get. */
async function home(port = 1): Promise<string> {
  const dir = await Deno.makeTempDir({ prefix: "sidecar-identity-" });
  await leadTo(port, dir);
  return dir;
}

async function leadTo(port: number, dir: string): Promise<void> {
  await Deno.mkdir(`${dir}/.codex`, { recursive: true });
  await Deno.mkdir(`${dir}/.config/codex-sidecar`, { recursive: true });
  await Deno.writeTextFile(
    `${dir}/.config/codex-sidecar/config.yaml`,
    `listen: { port: ${port}, token: ${TOKEN} }\nheartbeat: { interval: 700ms }\n`,
  );
  await Deno.writeTextFile(
    `${dir}/.codex/config.toml`,
    `model = "m1"
model_provider = "custom"
[model_providers.custom]
name = "Sim"
base_url = "http://127.0.0.1:${port}/r/http/127.0.0.1:1/v1"
experimental_bearer_token = "${KEY}"
`,
  );
}

const env = (home: string) => ({
  HOME: home,
  XDG_CONFIG_HOME: "",
  XDG_STATE_HOME: "",
  CODEX_HOME: "",
  NO_PROXY: "127.0.0.1",
  NO_COLOR: "1",
  SIDECAR_LISTEN_TOKEN: "",
});
const stateOf = (home: string) => secretFile(Deno.build.os, `${home}/.local/state/codex-sidecar`);

async function ran(home: string, ...args: string[]) {
  const { code, stdout, stderr } = await sidecarCommand(args, { env: env(home) }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), said: text(stdout) + text(stderr) };
}

/** A program on a port that answers everything with `answer`, and all it was ever sent. */
function stranger(answer: (request: Request) => Response | Promise<Response>) {
  let sent = "";
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    sent += `${request.method} ${request.url}\n${JSON.stringify([...request.headers])}\n`;
    sent += await request.clone().text();
    return await answer(request);
  });
  return { port: server.addr.port, sent: () => sent, stop: () => server.shutdown() };
}

const health = (more: object = {}) =>
  Response.json({ status: "ok", version: "0.1.0", live: 0, ...more });

const strangers: [
  name: string,
  answer: (request: Request) => Response | Promise<Response>,
  says: RegExp,
][] = [
  [
    "a web page",
    () => new Response("<!doctype html>", { headers: { "content-type": "text/html" } }),
    /another program \(or another user's sidecar\) has port \d+; it answered HTTP 200, text\/html: <!doctype html>/,
  ],
  [
    "what an older sidecar answers",
    () => health(),
    /a sidecar 0\.1\.0 answers on port \d+ without a proof that it is yours: it is an older version, or another program/,
  ],
  [
    "a proof made with another secret",
    (request) => {
      const nonce = new URL(request.url).searchParams.get("nonce") ?? "";
      const end = { hostname: "127.0.0.1", port: 1 };
      return health({ proof: prove(new Uint8Array(32), nonce, { local: end, remote: end }) });
    },
    /another program \(or another user's sidecar\) has port \d+; it answered as a sidecar 0\.1\.0 does, with a proof that is not yours/,
  ],
];
for (const [name, answer, says] of strangers) {
  Deno.test({
    name:
      `identity: a stranger that answers ${name} is named by every command, and gets no key and no token`,
    ignore,
    async fn() {
      const other = stranger(answer);
      const dir = await home(other.port);
      await keepSecret(stateOf(dir)); // of a sidecar that ran here once
      const status = await ran(dir, "status", "--up", "--json");
      const words = await ran(dir, "status");
      const doctor = await ran(dir, "doctor", "--live", "--yes");
      const init = await ran(dir, "init", "--yes", "--port", `${other.port}`);
      const toml = await Deno.readTextFile(`${dir}/.codex/config.toml`);
      await other.stop();
      const { sidecar } = JSON.parse(status.out);
      assert.deepEqual([status.code, sidecar.up, sidecar.version], [1, false, null]);
      assert.match(sidecar.other, says);
      assert.match(words.said, says);
      assert.equal(doctor.code, 1);
      assert.match(doctor.said, new RegExp(`✗ port +${says.source}`));
      assert.match(doctor.said, new RegExp(`✗ hop 1 +${says.source}`));
      assert.match(doctor.said, /! heartbeats +there is no sidecar on Codex's route to ask/);
      assert.match(init.said, /Nothing to change|Codex is not routed to port/);
      assert.match(toml, new RegExp(`http://127.0.0.1:${other.port}/r/http/127.0.0.1:1/v1`));
      assert.match(other.sent(), /GET http:\/\/127\.0\.0\.1:\d+\/healthz\?nonce=[0-9a-f]{64}\n/);
      assert.doesNotMatch(other.sent(), /POST/);
      for (const secret of [KEY, TOKEN]) {
        assert.ok(!other.sent().includes(secret), `${secret} went to a stranger`);
        assert.ok(!(doctor.said + words.said).includes(secret), `${secret} was printed`);
      }
      await removeFolder(dir);
    },
  });
}

Deno.test({
  name: "identity: init leads Codex to no port that another program has, and changes nothing",
  ignore,
  async fn() {
    const other = stranger(() => new Response("hello"));
    const dir = await home(other.port);
    const text = (await Deno.readTextFile(`${dir}/.codex/config.toml`)).replace(
      /base_url = .*/,
      `base_url = "https://a.example/v1"`,
    );
    await Deno.writeTextFile(`${dir}/.codex/config.toml`, text);
    const dry = await ran(dir, "init", "--dry-run");
    const init = await ran(dir, "init", "--yes");
    await other.stop();
    assert.deepEqual([dry.code, init.code], [0, 2]);
    assert.match(dry.said, /Careful: another program .* has port \d+; it answered HTTP 200, /);
    assert.match(
      init.said,
      /Codex is not routed to port \d+: another program [\s\S]* Nothing was changed/,
    );
    assert.equal(await Deno.readTextFile(`${dir}/.codex/config.toml`), text);
    await removeFolder(dir);
  },
});

/** `serve` of a home, on a port of its own. */
async function served(dir: string, use: (sidecar: SidecarProcess) => Promise<void>) {
  const yaml = `listen: { token: ${TOKEN} }
heartbeat: { interval: 700ms }
relay: { hosts: ["127.0.0.1:1"] }
`;
  const sidecar = await startSidecarProcess(yaml, ["--port", "0"], env(dir));
  try {
    await leadTo(Number(new URL(sidecar.url).port), dir);
    await use(sidecar);
  } finally {
    await sidecar.kill("SIGTERM");
  }
}

Deno.test({
  name:
    "identity: serve makes the secret, says nothing of it, and is known with a token in the settings; the doctor's own question needs no key",
  ignore,
  async fn() {
    const dir = await home();
    await served(dir, async ({ log }) => {
      const status = await ran(dir, "status", "--up", "--json");
      const { sidecar } = JSON.parse(status.out);
      assert.deepEqual(
        [sidecar.up, sidecar.live, sidecar.other],
        [true, 0, undefined],
        status.out,
      );
      const doctor = await ran(dir, "doctor", "--live", "--yes", "--json");
      const { findings } = JSON.parse(doctor.out);
      const of = (name: string) => findings.find((one: { name: string }) => one.name === name);
      assert.equal(of("port").status, "ok", JSON.stringify(of("port")));
      assert.equal(of("heartbeats").status, "ok", JSON.stringify(of("heartbeats")));
      const kept = await readSecret(stateOf(dir));
      assert.ok(kept.is === "secret");
      const hex = [...kept.secret].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      assert.ok(!(log.join() + status.said + doctor.said).includes(hex), "the secret was printed");
    });
    await removeFolder(dir);
  },
});

Deno.test({
  name: "identity: a secret that others could read is made anew at the next start",
  ignore,
  async fn() {
    const dir = await home();
    const file = stateOf(dir);
    await keepSecret(file);
    const before = await Deno.readTextFile(file);
    await Deno.chmod(file, 0o644);
    await served(dir, async () => {
      const { out } = await ran(dir, "status", "--json");
      assert.equal(JSON.parse(out).sidecar.up, true);
      assert.notEqual(await Deno.readTextFile(file), before);
    });
    await removeFolder(dir);
  },
});

Deno.test({
  name:
    "identity: where no secret can be kept, serve warns, serves, and is known as this user's on Linux",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const dir = await home();
    await Deno.writeTextFile(`${dir}/.local`, "no folder");
    await served(dir, async ({ log }) => {
      const { out } = await ran(dir, "status", "--json", "--up");
      assert.equal(JSON.parse(out).sidecar.up, true);
      assert.match(log.join("\n"), /cannot tell this sidecar from another program: .*identity/);
    });
    await removeFolder(dir);
  },
});
