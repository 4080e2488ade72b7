/** Requests for pictures: where they go, with which key. */

import assert from "node:assert/strict";
import { testApp, upstream } from "../../helpers/proxy/app.ts";
import { startProvider } from "../../../lib/simulate/provider.ts";
import { json } from "../../../lib/simulate/script.ts";

interface Case {
  readonly name: string;
  readonly path: string;
  readonly setting: string | null;
  /** The upstream that gets it, and the key that it gets. */
  readonly expected: readonly [upstream: string, authorization: string | undefined];
}

const KEY = "Bearer client-key";
const CASES: readonly Case[] = [
  {
    name: "they go to the upstream of the setting, with its own key",
    path: "/u/chat/v1/images/generations",
    setting: "paint",
    expected: ["paint", "Bearer paint-key"],
  },
  {
    name: "edits go there too",
    path: "/v1/images/edits",
    setting: "paint",
    expected: ["paint", "Bearer paint-key"],
  },
  {
    name: "an upstream without a key gets none of the client's",
    path: "/u/chat/v1/images/generations",
    setting: "bare",
    expected: ["bare", undefined],
  },
  {
    name: "nor below /v1",
    path: "/v1/images/generations",
    setting: "bare",
    expected: ["bare", undefined],
  },
  {
    name: "the first upstream gets the client's below /v1",
    path: "/v1/images/generations",
    setting: "chat",
    expected: ["chat", KEY],
  },
  {
    name: "the upstream that the client addressed gets the client's",
    path: "/u/bare/v1/images/generations",
    setting: "bare",
    expected: ["bare", KEY],
  },
  {
    name: "without the setting they go where they were sent",
    path: "/u/chat/v1/images/generations",
    setting: null,
    expected: ["chat", KEY],
  },
  {
    name: "other paths stay",
    path: "/u/chat/v1/images",
    setting: "paint",
    expected: ["chat", KEY],
  },
];

for (const { name, path, setting, expected } of CASES) {
  Deno.test(`images: ${name}`, async () => {
    const names = ["chat", "paint", "bare"] as const;
    const picture = { data: [{ b64_json: "iVBORw0KGgo=" }] };
    const providers = await Promise.all(
      names.map(() => startProvider({ script: () => json(200, picture) })),
    );
    using app = testApp({
      images: { upstream: setting },
      upstreams: new Map(names.map((one, at) => [
        one,
        upstream(providers[at]!.url, {
          provider: "generic",
          ...(one === "paint" && { apiKeyEnv: "PAINT" }),
        }),
      ])),
    }, { env: (variable) => variable === "PAINT" ? "paint-key" : undefined });
    try {
      const response = await app.ask(path, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: KEY },
        body: JSON.stringify({ model: "gpt-image-2", prompt: "a red square" }),
      });
      assert.deepEqual([response.status, await response.json()], [200, picture]);
      const got = names.flatMap((one, at) =>
        providers[at]!.posts.map(({ headers, path }) => [one, headers.authorization, path])
      );
      const rest = path.slice(path.indexOf("/v1"));
      assert.deepEqual(got, [[...expected, rest]]);
    } finally {
      await Promise.all(providers.map((provider) => provider.stop()));
    }
  });
}
