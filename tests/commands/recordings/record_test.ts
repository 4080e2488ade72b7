import assert from "node:assert/strict";
import { openRecorder } from "../../../lib/commands/recordings/record.ts";
import { silent } from "../../../lib/observe/observer.ts";
import { readRecording } from "../../../lib/observe/recorder/recording.ts";
import { faultNamed, misbehave } from "../../../lib/simulate/faults/faults.ts";
import { startProvider } from "../../../lib/simulate/provider.ts";
import { readExposition } from "../../helpers/rules/exposition.ts";
import { startSidecarProcess } from "../../helpers/program/sidecar.ts";
import { removeFolder } from "../../helpers/system/temp_folder.ts";

Deno.test("record: nothing is recorded unless it is asked for", async () => {
  assert.equal(await openRecorder({}, "1", silent), undefined);
});

const refused: [flags: Parameters<typeof openRecorder>[0], words: RegExp][] = [
  [{ recordOnly: "failures" }, /--record-only says what to record, but nothing says where/],
  [{ recordContent: true }, /--record-content says what to record/],
  [{ record: "/proc/nowhere/x" }, /Recordings cannot be written to \/proc\/nowhere\/x/],
];
for (const [flags, words] of refused) {
  Deno.test(`record: ${JSON.stringify(flags)} is refused`, async () => {
    await assert.rejects(openRecorder(flags, "1", silent), words);
  });
}

Deno.test({
  name:
    "record: the real program keeps a failure, without what is private, and counts it at /metrics",
  ignore: Deno.build.os === "windows",
  async fn() {
    const secret = "sk-4f9a8b7c6d5e4f3a2b1c0d9e";
    const dir = await Deno.makeTempDir();
    const provider = await startProvider({
      script: misbehave(
        { ...faultNamed("eof-mid-text"), times: Infinity },
        { wire: "responses", text: `Bob's key is ${secret} in /home/alice/x` },
        { silence: 1, drip: 1 },
      ),
    });
    const yaml = `retry: { attempts: 1 }
upstreams:
  sim: { base_url: "${provider.url}", wire: responses, provider: generic }
log: { dir: ${dir}/logs }
`;
    const sidecar = await startSidecarProcess(yaml, [
      ...["--port", "0", "--record", `${dir}/kept`, "--record-only", "failures"],
    ]);
    const answer = await fetch(`${sidecar.url}/v1/responses`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
      body: JSON.stringify({ model: "m", stream: true, input: "Read /Users/alice/x" }),
    });
    assert.match(await answer.text(), /response\.failed/);
    const { samples, problems } = readExposition(
      await (await fetch(`${sidecar.url}/metrics`)).text(),
    );
    assert.equal(await sidecar.kill("SIGTERM"), 0);
    await provider.stop();
    assert.deepEqual(problems, []);
    const counted = samples.filter(({ name }) => name === "sidecar_exchanges_total");
    assert.deepEqual(counted.map(({ labels, value }) => [labels, value]), [
      [{ upstream: "sim", model: "m", outcome: "failed" }, 1],
    ]);
    const [{ name } = { name: "" }, ...more] = [...Deno.readDirSync(`${dir}/kept`)];
    assert.deepEqual(more, []);
    const file = await Deno.readTextFile(`${dir}/kept/${name}`);
    assert.doesNotMatch(file, /4f9a8b7c|alice|Bob/);
    assert.equal(readRecording(file).outcome.code, "truncated");
    assert.match(sidecar.log.join("\n"), /recording exchanges in which something failed to /);
    assert.equal((await Deno.stat(`${dir}/logs/sidecar.log`)).mode! & 0o777, 0o600);
    await removeFolder(dir);
  },
});
