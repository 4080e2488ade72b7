/** The real Codex, asked about what `init` writes. */
import assert from "node:assert/strict";
import { askCodex } from "../../../lib/commands/shared/codex_program.ts";
import { init } from "../../../lib/commands/patch/init.ts";
import { codexBinary } from "../../helpers/codex/codex_binary.ts";
import { testMachine } from "../../helpers/settings/machine.ts";
import { MemoryDisk } from "../../helpers/settings/memory_disk.ts";

const CONFIG = "/h/.codex/config.toml";
const table = (id: string, more = "") =>
  `model_provider = "${id}"\n[model_providers.${id}]\nname = "${id}"\nbase_url = "https://a.example/v1"\n${more}`;

Deno.test({
  name:
    "loads: the real Codex takes what init writes, and its refusals stop init with its own reason",
  ignore: Deno.build.os === "windows",
  async fn() {
    const path = (await codexBinary()).replace(/\/codex$/, "");
    const codex = askCodex({ PATH: `${path}:/usr/bin:/bin` });
    const run = async (text: string | undefined, provider?: string) => {
      const files = text === undefined ? {} : { [CONFIG]: text };
      const machine = testMachine(new MemoryDisk(files), { codex });
      const said = await init({ yes: true, provider }, machine).then(() => "", String);
      return { said: said + machine.said(), text: machine.disk.text(CONFIG) };
    };
    const good = await run(table("a"));
    assert.match(good.text ?? "", /:8411/);
    assert.doesNotMatch(good.said, /not tried/);
    assert.match((await run(undefined, "deepseek")).text ?? "", /:8411/);
    // A key in the table must not stand in the reason
    const bad = await run(
      table("a", 'experimental_bearer_token = "sk-abcdefgh12345678"\nwire_api = "chat"\n'),
    );
    assert.match(
      bad.said,
      /Codex does not start with .*`wire_api = "chat"` is no longer supported/,
    );
    assert.doesNotMatch(bad.said, /abcdefgh/);
    assert.doesNotMatch(bad.text ?? "", /:8411/);
    const gone = await run(
      `${table("a")}[model_providers.gcp]\nname = "G"\nstream_max_retries = 3\n`,
    );
    assert.match(gone.said, /model_providers\.gcp only supports changing/);
    assert.equal(await askCodex({ PATH: "/nowhere" })({ "config.toml": "" }), undefined);
  },
});
