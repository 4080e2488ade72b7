import assert from "node:assert/strict";
import { codexToml, examine } from "./world.ts";

const MIMO = "https://token-plan-cn.xiaomimimo.com/v1";
const relay = (url: string) => url.replace("https:/", "http://127.0.0.1:8411/r/https");

/** A Codex that Codex++ leads to MiMo, by way of the sidecar. */
function setup(profiles: readonly Record<string, unknown>[], url = MIMO) {
  return {
    files: {
      ".codex/config.toml": codexToml({ base_url: `"${relay(url)}"` }, {
        model: '"mimo-v2.6-pro"',
      }),
      ".codex-session-delete/settings.json": JSON.stringify({
        activeRelayId: "one",
        relayProfiles: profiles,
      }),
    },
    models: { status: 200, text: '{"data":[{"id":"mimo-v2.6-pro"},{"id":"mimo-v2.6-flash"}]}' },
  };
}

Deno.test("doctor: a retired model of a profile in Codex++ is named, whichever is in use", async () => {
  const findings = await examine(setup([
    { id: "one", name: "One", upstreamBaseUrl: relay(MIMO), modelList: "mimo-v2.6-pro" },
    {
      id: "two",
      name: "Two\x1b[31m",
      upstreamBaseUrl: "https://api.xiaomimimo.com/v1",
      configContents: codexToml({ base_url: '"https://api.xiaomimimo.com/v1"' }, {
        model: '"mimo-v2.5-pro"',
      }),
      authContents: '{"OPENAI_API_KEY":"sk-TESTKEY"}',
    },
  ]));
  const found = findings.filter(({ name }) => name === "models in Codex++");
  assert.deepEqual(found.map(({ status, hint }) => [status, hint]), [
    ["warn", "Set mimo-v2.6-pro for it in Codex++"],
  ]);
  assert.match(found[0]?.fact ?? "", /^profile "Two.*" names mimo-v2\.5-pro: MiMo retired/);
  assert.doesNotMatch(JSON.stringify(findings), /TESTKEY/);
});

Deno.test("doctor: a model of a profile that the provider does not list is named", async () => {
  const profile = { id: "one", name: "One", upstreamBaseUrl: relay(`${MIMO}/`) };
  const told = async (modelList: string) =>
    (await examine(setup([{ ...profile, modelList }])))
      .find(({ name }) => name === "models of token-plan-cn.xiaomimimo.com");
  const unknown = await told("mimo-v2.6-pro\nmimo-v9-pro");
  assert.equal(unknown?.status, "warn");
  assert.match(
    unknown?.fact ?? "",
    /^Codex\+\+'s profile "One" names mimo-v9-pro, which is not in the provider's list$/,
  );
  assert.equal((await told("mimo-v2.6-flash[1M]"))?.status, "ok");
});
