import assert from "node:assert/strict";
import { offeredModels } from "../../../lib/provider/catalog/rank.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";

const cases: [
  what: string,
  provider: string,
  url: string | undefined,
  ids: string,
  order: string,
][] = [
  [
    "the row's order for what it knows",
    "mimo",
    undefined,
    "mimo-v2.6-flash mimo-v2.6-pro-ultraspeed mimo-v2.6-pro",
    "mimo-v2.6-pro mimo-v2.6-flash mimo-v2.6-pro-ultraspeed",
  ],
  [
    "a newer one that the row does not know first",
    "mimo",
    undefined,
    "mimo-v2.6-pro mimo-v3-flash mimo-v3-pro mimo-v2.7",
    "mimo-v3-pro mimo-v3-flash mimo-v2.7 mimo-v2.6-pro",
  ],
  [
    "an older one last, a retired one behind all",
    "mimo",
    undefined,
    "mimo-v2.5-pro mimo-v1 other mimo-v2.6-flash",
    "mimo-v2.6-flash mimo-v1 other mimo-v2.5-pro",
  ],
  [
    "elsewhere it is not retired",
    "mimo",
    "https://gateway.example/v1",
    "other mimo-v2.5-pro mimo-v2.6-flash",
    "mimo-v2.6-flash mimo-v2.5-pro other",
  ],
  [
    "a version in the row's title counts",
    "deepseek",
    undefined,
    "deepseek-v4-flash deepseek-flash deepseek-v5-pro",
    "deepseek-v5-pro deepseek-flash deepseek-v4-flash",
  ],
  [
    "the models of a plan",
    "kimi",
    "https://api.kimi.com/coding/v1",
    "kimi-for-coding k3-256k k3",
    "k3 kimi-for-coding k3-256k",
  ],
  [
    "a vendor's prefix and any case",
    "glm",
    undefined,
    "zai-org/GLM-5.3-Flash zai-org/GLM-5.3",
    "zai-org/GLM-5.3 zai-org/GLM-5.3-Flash",
  ],
  [
    "a date is no version",
    "qwen",
    undefined,
    "qwen-plus-2025-07-28 qwen3.8-flash",
    "qwen3.8-flash qwen-plus-2025-07-28",
  ],
  ["a stranger's own order", "generic", "https://x.example", "b-1 a-2 c-3", "b-1 a-2 c-3"],
];
for (const [what, provider, url, ids, order] of cases) {
  Deno.test(`rank: ${what}`, () => {
    const profile = profileNamed(provider) ?? assert.fail();
    const listed = ids.split(" ").map((id) => ({ id }));
    const base = url ?? profile.catalog?.baseUrl ?? "";
    const found = offeredModels(profile, base, listed);
    assert.deepEqual(found.map(({ id }) => id).join(" "), order);
  });
}

Deno.test("rank: of strangers the newest comes first", () => {
  const profile = profileNamed("generic") ?? assert.fail();
  const listed = [{ id: "a", created: 5 }, { id: "b", created: 9 }, { id: "c" }];
  assert.deepEqual(offeredModels(profile, "https://x.example", listed).map(({ id }) => id), [
    "b",
    "a",
    "c",
  ]);
});

Deno.test("rank: without a list the row's models count, those of a plan at its address", () => {
  const profile = profileNamed("kimi") ?? assert.fail();
  const at = (url: string) => offeredModels(profile, url, undefined).map(({ id }) => id);
  assert.deepEqual(at("https://api.moonshot.cn/v1"), ["kimi-k3", "kimi-k2.7-code"]);
  assert.deepEqual(at("https://api.kimi.com/coding/v1/"), ["k3", "kimi-for-coding"]);
});
