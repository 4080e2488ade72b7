import assert from "node:assert/strict";
import { upstream } from "../../helpers/proxy/app.ts";
import { seededRandom } from "../../helpers/clock/fake_clock.ts";
import { sidecarConfig, startSidecar } from "../../helpers/program/sidecar.ts";
import { Failure } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";
import { LeftOutNotes, sessionOf } from "../../../lib/proxy/attempt/left_out_notes.ts";
import { WIRES } from "../../../lib/proxy/wires/wires.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { startProvider } from "../../../lib/simulate/provider.ts";

const profile = profileNamed("generic")!;
const blind = { ...profile, chat: { ...profile.chat, images: false } };
const image = { type: "input_image", image_url: "data:image/png;base64,AA==" };
const message = (...content: JsonObject[]) => ({ type: "message", role: "user", content });
const text = { type: "input_text", text: "hi" };
const hosted = [{ type: "web_search" }, { type: "function", name: "ls" }, {
  type: "image_generation",
}];

const cases: {
  name: string;
  wire: Wire;
  request: JsonObject;
  sees?: boolean;
  out: readonly string[];
}[] = [
  {
    name: "hosted tools on the Chat wire",
    wire: "chat",
    request: { tools: hosted, input: "hi" },
    out: ["the hosted tool web_search", "the hosted tool image_generation"],
  },
  {
    name: "tools that a namespace holds",
    wire: "chat",
    request: { input: "hi", tools: [{ type: "namespace", name: "n", tools: hosted }] },
    out: ["the hosted tool web_search", "the hosted tool image_generation"],
  },
  {
    name: "no tool that a function can stand for",
    wire: "chat",
    request: {
      input: [message(text)],
      tools: [{ type: "custom", name: "apply_patch" }, {
        type: "tool_search",
        execution: "client",
      }],
    },
    out: [],
  },
  {
    name: "no image for a model that sees",
    wire: "chat",
    request: { input: [message(image)] },
    out: [],
  },
  {
    name: "an image, also in what a tool gave back, for one that does not",
    wire: "chat",
    sees: false,
    request: {
      input: [message(text, image), {
        type: "function_call_output",
        call_id: "c",
        output: [image],
      }],
    },
    out: ["images"],
  },
  {
    name: "files and audio",
    wire: "chat",
    request: { input: [message({ type: "input_file", file_id: "f" }, { type: "input_audio" })] },
    out: ["files", "audio"],
  },
];
for (const { name, wire, request, sees = true, out } of cases) {
  Deno.test(`left out: ${name}`, () => {
    const { leftOut } = WIRES[wire].encode({ model: "m", ...request }, {
      profile: sees ? profile : blind,
      title: "Sim",
      random: seededRandom(1),
      createdAt: 0,
      limits: { event: 1 << 24, toolCalls: 128 },
      classify: (_, message) => new Failure("refused", message),
    });
    assert.deepEqual(leftOut, out);
  });
}

function notes() {
  const said: string[] = [];
  return { said, notes: new LeftOutNotes({ notice: (_, message) => said.push(message) }) };
}

Deno.test("left out: each thing is logged once a session and upstream, in one line", () => {
  const { said, notes: all } = notes();
  all.note("MiMo", "s1", []);
  all.note("MiMo", "s1", ["a", "b"]);
  all.note("MiMo", "s1", ["a", "b"]);
  all.note("MiMo", "s1", ["b", "c"]);
  all.note("MiMo", "s2", ["a"]);
  all.note("Kimi", "s1", ["a"]);
  const intro = (title: string) =>
    `Left out of this session's requests to ${title}, which cannot take it: `;
  assert.deepEqual(said, [
    `${intro("MiMo")}a, b`,
    `${intro("MiMo")}c`,
    `${intro("MiMo")}a`,
    `${intro("Kimi")}a`,
  ]);
});

Deno.test("left out: of many sessions the oldest is forgotten, and at worst logged again", () => {
  const { said, notes: all } = notes();
  for (let n = 0; n < 4097; n++) all.note("MiMo", `s${n}`, ["a"]);
  all.note("MiMo", "s4096", ["a"]);
  assert.equal(said.length, 4097);
  all.note("MiMo", "s0", ["a"]);
  assert.equal(said.length, 4098);
});

Deno.test("left out: a session is what Codex calls it, old or new, or the cache key of others", () => {
  const rows: [HeadersInit, JsonObject, string][] = [
    [{ "session-id": "a", "thread-id": "b" }, { prompt_cache_key: "c" }, "a"],
    [{ session_id: "a" }, {}, "a"],
    [{ "thread-id": "b" }, {}, "b"],
    [{}, { prompt_cache_key: "c" }, "c"],
    [{}, { prompt_cache_key: 7 }, ""],
    [{ "session-id": "x".repeat(1000) }, {}, "x".repeat(128)],
  ];
  for (const [headers, body, session] of rows) {
    assert.equal(sessionOf(new Headers(headers), body), session);
  }
});

Deno.test("left out: a running sidecar tells it once for two requests of a session", async () => {
  const provider = await startProvider({
    script: () => goodScript({ wire: "chat", text: "The answer." }),
  });
  const sidecar = startSidecar(sidecarConfig(upstream(provider.url, { wire: "chat" })));
  try {
    for (const session of ["s1", "s1", "s2"]) {
      const response = await fetch(`${sidecar.url}/v1/responses`, {
        method: "POST",
        headers: { "content-type": "application/json", "session-id": session },
        body: JSON.stringify({ model: "m", input: "hi", tools: hosted, stream: true }),
      });
      assert.match(await response.text(), /The answer\./);
    }
    const logged = sidecar.log.filter((line) => line.includes("Left out"));
    assert.equal(logged.length, 2, sidecar.log.join("\n"));
    assert.match(
      logged[0]!,
      /^info .*the hosted tool web_search, the hosted tool image_generation/,
    );
  } finally {
    await sidecar.stop();
    await provider.stop();
  }
});
