import assert from "node:assert/strict";
import { plusModels } from "../../../lib/patch/codex_plus/models.ts";

const settings = (profiles: unknown) => JSON.stringify({ relayProfiles: profiles });
const toml = (model: string, url: string) =>
  `model = "${model}"\nmodel_provider = "custom"\n[model_providers.custom]\nbase_url = "${url}"\n`;

Deno.test("codex++ models: every place that names one, each with the address behind the sidecar", () => {
  const text = settings([
    {
      id: "a",
      name: "A",
      relayMode: "pureApi",
      upstreamBaseUrl: "http://127.0.0.1:8411/r/https/a.example/v1",
      configContents: toml("a-1", "http://127.0.0.1:8411/r/https/a.example/v1"),
      modelList: " a-2[1M]\r\na-1\n a-3 [ 200k ], a-4[beta]\n\n",
      testModel: "a-5",
    },
    "no profile",
    {
      id: "b",
      name: "B",
      relayMode: "pureApi",
      upstreamBaseUrl: "https://b.example/v1",
      configContents: "no toml = = =",
      modelRoutes: [{ model: "x", targetRelayId: "a", targetModel: "a-6" }, null, {}],
    },
    { id: "all", name: "All", relayMode: "aggregate", modelList: "never-1", configContents: "" },
    { id: "c", name: "C", relayMode: "pureApi", upstreamBaseUrl: "https://c.example/v1" },
  ]);
  assert.deepEqual(plusModels(text, 8411, "settings.json"), [
    {
      what: 'profile "A"',
      baseUrl: "https://a.example/v1",
      models: ["a-1", "a-2", "a-3", "a-4[beta]", "a-5", "a-6"],
    },
    { what: 'profile "C"', baseUrl: "https://c.example/v1", models: [] },
  ]);
});

Deno.test("codex++ models: what is no list of profiles names none, and a long list is cut", () => {
  for (const text of ["{}", "[]", '{"relayProfiles":{}}', settings([1, null, []])]) {
    assert.deepEqual(plusModels(text, 8411, "settings.json"), []);
  }
  const modelList = Array.from({ length: 5_000 }, (_, at) => `m-${at}`).join("\n");
  const long = settings([{ id: "a", upstreamBaseUrl: "https://a.example/v1", modelList }]);
  assert.equal(plusModels(long, 8411, "settings.json")[0]?.models.length, 200);
});
