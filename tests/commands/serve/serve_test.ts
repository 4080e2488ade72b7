import assert from "node:assert/strict";
import settings from "../../../deno.json" with { type: "json" };
import { banner } from "../../../lib/commands/serve/serve.ts";
import { testConfig, upstream } from "../../helpers/proxy/app.ts";
import { compiled, sidecarCommand } from "../../helpers/program/program.ts";
import { removeFolder } from "../../helpers/system/temp_folder.ts";

/** The real program, in a home of its own and without the settings of who runs the test. */
async function sidecar(args: string[], env: Record<string, string> = {}) {
  const home = await Deno.makeTempDir();
  const inherited = Object.entries(Deno.env.toObject()).filter(([name]) =>
    !name.startsWith("SIDECAR_")
  );
  const child = sidecarCommand(args, {
    clearEnv: true,
    env: {
      ...Object.fromEntries(inherited),
      XDG_CONFIG_HOME: home,
      NO_COLOR: "1",
      NO_PROXY: "127.0.0.1",
      ...env,
    },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return { child, home };
}

async function output(args: string[], env?: Record<string, string>) {
  const { child, home } = await sidecar(args, env);
  const { code, stdout, stderr } = await child.output();
  await removeFolder(home);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** Reads standard error until `until` matches, and keeps reading for {@link rest}. */
function errorsOf(child: Deno.ChildProcess) {
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    async until(form: RegExp): Promise<string> {
      for (;;) {
        const found = form.exec(text);
        if (found) return found[1] ?? found[0];
        const { value, done } = await reader.read();
        if (done) throw new assert.AssertionError({ message: `ended before ${form}: ${text}` });
        text += value;
      }
    },
    async rest(): Promise<string> {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        text += next.value;
      }
      return text;
    },
  };
}

Deno.test("serve: the banner names the upstreams and where they are reached", () => {
  const upstreams = new Map([
    ["a", upstream("https://a.example/v1", { models: ["m", "n"] })],
    ["long-name", upstream("http://127.0.0.1:1")],
  ]);
  assert.deepEqual(banner(testConfig({ upstreams }), "http://127.0.0.1:8411"), [
    "sidecar listening on http://127.0.0.1:8411",
    "  a          https://a.example/v1 at /v1 and /u/a/v1 for m, n",
    "  long-name  http://127.0.0.1:1 at /u/long-name/v1",
  ]);
});

Deno.test("serve: the banner says so when no upstream is set", () => {
  assert.deepEqual(banner(testConfig(), "http://h:1").slice(1), [
    "  no upstreams in the settings; known providers are reached through /r/",
  ]);
});

Deno.test("serve: as JSON the banner is one object", () => {
  const config = testConfig({ log: { level: "error", format: "json", dir: null } });
  const [line = "", ...more] = banner(config, "http://h:1");
  const { time, ...facts } = JSON.parse(line);
  assert.match(time, /Z$/);
  assert.deepEqual([facts, more], [{
    level: "info",
    event: "listening",
    message: "sidecar listening on http://h:1",
    url: "http://h:1",
    upstreams: [],
  }, []]);
});

Deno.test("main: --version prints the version of deno.json, a binary its commit, and nothing else", async () => {
  const { code, out, err } = await output(["--version"]);
  assert.deepEqual([code, err], [0, ""]);
  const [, version, commit] = /^(\S+)( \([0-9a-f]{7}(?:-dirty)?\))?\n$/.exec(out) ?? [];
  assert.equal(version, settings.version);
  assert.equal(commit !== undefined, compiled);
});

Deno.test("main: an unknown option ends with 2 and a suggestion", async () => {
  const { code, out, err } = await output(["--prot", "1"]);
  assert.deepEqual([code, out], [2, ""]);
  assert.match(err, /^error: unknown option '--prot'\n\(Did you mean --port\?\)/);
});

Deno.test("main: a bad file ends with 2, line and column, and no stack trace", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(file, "listen:\n  prot: 1\nheartbeat: { interval: 5m }\n");
  const { code, out, err } = await output(["serve", "--config", file]);
  assert.deepEqual([code, out], [2, ""]);
  assert.deepEqual(err.split("\n").slice(0, 3), [
    "sidecar: The configuration has 2 problems:",
    `  ${file}:2:3: listen.prot is not a setting. Did you mean port?`,
    `  ${file}:3:24: heartbeat.interval is "5m", but takes a duration from 100ms to 60s, such as 10s`,
  ]);
  assert.doesNotMatch(err, /\n\s+at /);
  await Deno.remove(file);
});

Deno.test("main: a taken port ends with 2 and one clear line", async () => {
  const holder = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, err } = await output(["--port", String((holder.addr as Deno.NetAddr).port)]);
  holder.close();
  assert.equal(code, 2);
  assert.match(err, /^sidecar: The sidecar cannot listen on 127\.0\.0\.1:\d+: the port is taken\n/);
});

Deno.test({
  name: "main: it serves, waits for a live exchange, and aborts it when asked twice",
  ignore: Deno.build.os === "windows",
  async fn() {
    const logs = await Deno.makeTempDir();
    const reached = Promise.withResolvers<void>();
    const silence = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
      reached.resolve();
      return new Promise<Response>((resolve) => held.push(() => resolve(new Response())));
    });
    const held: (() => void)[] = [];
    const { child, home } = await sidecar(["--port", "0"], {
      SIDECAR_UPSTREAMS_QUIET_BASE_URL: `http://127.0.0.1:${silence.addr.port}/v1`,
      SIDECAR_HEAD_GRACE: "100ms",
      SIDECAR_LOG_DIR: `${logs}/made/here`,
    });
    const errors = errorsOf(child);
    const url = await errors.until(/^sidecar listening on (http:\/\/127\.0\.0\.1:\d+)\n/);
    const response = await fetch(`${url}/v1/responses`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "m", input: [], stream: true }),
    });
    await reached.promise;
    child.kill("SIGTERM");
    await errors.until(/stopping, waiting for 1 exchange; stop again to abort/);
    child.kill("SIGTERM");
    const body = await response.text();
    const { code } = await child.status;
    await Promise.all([errors.rest(), child.stdout.cancel()]);
    for (const release of held) release();
    await silence.shutdown();
    const log = await Deno.readTextFile(`${logs}/made/here/sidecar.log`);
    for (const folder of [home, logs]) await removeFolder(folder);
    assert.equal(code, 1);
    assert.match(log, /aborting 1 exchange within 2 s\n/);
    assert.match(body, /"type":"response\.failed"/);
  },
});
