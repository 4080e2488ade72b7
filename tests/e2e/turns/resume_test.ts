/** A thread of real Codex that goes from one provider to another and back: each gets what is its own, and nothing of the other's. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { startProvider } from "../../../lib/simulate/provider.ts";
import { event, type Script } from "../../../lib/simulate/script.ts";
import { insertAt } from "../../../lib/simulate/transform_script.ts";
import { upstream } from "../../helpers/proxy/app.ts";
import { codexHome, type CodexRun, runCodex } from "../../helpers/codex/codex.ts";
import { sidecarConfig, startSidecar } from "../../helpers/program/sidecar.ts";
import { ANSWER, RAN, say, TEXT, TOOL } from "../say.ts";
import { outputsIn } from "../seen.ts";
import { STRICT_SERVERS } from "./strict_servers.ts";
import { removeFolder } from "../../helpers/system/temp_folder.ts";

const SEAL = "gAAAAA-sealed-by-the-first-provider";

function sealed(script: Script): Script {
  const item = { type: "reasoning", id: "rs_first", summary: [], encrypted_content: SEAL };
  const done = event({ type: "response.output_item.done", output_index: 0, item });
  return insertAt(script, "created", [done]);
}

Deno.test("resume: a thread from one provider to a strict one and back", async () => {
  const first = await startProvider({
    script: (request) =>
      sealed(say(request, outputsIn(request).length > 0 ? { text: TEXT } : { calls: TOOL.calls! })),
  });
  const [llama] = STRICT_SERVERS;
  const refused: string[] = [];
  const second = await startProvider({
    script(request) {
      const no = llama?.refusal(request);
      if (no) refused.push(JSON.stringify(no));
      return no ?? say(request, { text: ANSWER.text! });
    },
  });
  const entry = (url: string, model: string) =>
    upstream(url, { wire: "responses", provider: "generic", models: [model] });
  const one = entry(first.url, "sim-a");
  const sidecar = startSidecar(sidecarConfig(one, {
    upstreams: new Map([["one", one], ["two", entry(second.url, "sim-b")]]),
  }));
  const baseUrl = `${sidecar.url}/v1`;
  const home = await codexHome({ baseUrl });
  const turn = (model: string, ...args: string[]): Promise<CodexRun> =>
    runCodex({ baseUrl, home, prompt: "Go on.", args: ["-m", model, ...args] });
  try {
    const runs = [
      await turn("sim-a"),
      await turn("sim-b", "resume", "--last"),
      await turn("sim-a", "resume", "--last"),
    ];
    for (const { code, errors, messages } of runs) {
      deepEqual({ code, errors, messages }, { code: 0, errors: [], messages: [TEXT] });
    }
    equal(runs[2]?.file("ran.txt"), RAN);
    deepEqual([first.posts.length, second.posts.length], [3, 2]);
    equal(refused.length, 1, "its tools alone");
    ok(second.posts.every(({ text }) => !text.includes(SEAL)));
    ok(first.posts.slice(1).every(({ text }) => text.includes(SEAL)));
  } finally {
    await sidecar.stop();
    await first.stop();
    await second.stop();
    await removeFolder(home.home);
  }
});
