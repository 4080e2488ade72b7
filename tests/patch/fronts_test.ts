import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { localProxyAt } from "../../lib/commands/shared/local_proxy.ts";
import { codexIntegration } from "../../lib/patch/codex/integration.ts";
import { openIntegrations } from "../../lib/patch/integrations.ts";
import { readFronts } from "../../lib/patch/fronts.ts";
import { inHome, type PatchHome, switchDatabase } from "../helpers/settings/patch_home.ts";

const codex = (url: string, more = "") =>
  `model_provider = "a"\n[model_providers.a]\nname = "a"\nbase_url = "${url}"\n${more}`;

function sql(file: string, ...lines: string[]) {
  const database = new DatabaseSync(file);
  for (const line of lines) database.exec(line);
  database.close();
}

/** A cc-switch that listens on another port, with a row that leads back to it. */
function switchOn(home: PatchHome, port: number): string {
  const file = switchDatabase(home);
  sql(file, `UPDATE proxy_config SET listen_port = ${port}`);
  return file;
}

const cases: [
  name: string,
  lay: (home: PatchHome) => void,
  port: number,
  who: string,
  env?: Record<string, string>,
][] = [
  ["cc-switch's own setting", (home) => switchOn(home, 15_999), 15_999, "cc-switch"],
  [
    "the preferences of its command-line fork",
    (home) =>
      sql(
        switchDatabase(home),
        `INSERT INTO settings (key, value) VALUES ('proxy_preferences_cli_only', '{"codex":{"listenPort":15888}}')`,
      ),
    15_888,
    "cc-switch",
  ],
  ["the fork's usual port", () => {}, 15_722, "cc-switch"],
  [
    "the token of cc-switch's proxy, whatever its port",
    (home) => home.write(".codex/auth.json", '{"OPENAI_API_KEY":"PROXY_MANAGED"}'),
    16_001,
    "cc-switch",
  ],
  ["Codex++'s variable", () => {}, 58_000, "Codex++", {
    CODEX_PLUS_PROTOCOL_PROXY_PORT: " 58000 ",
  }],
  [
    "a Chat profile of Codex++ that leads to itself",
    (home) =>
      home.write(
        ".codex-session-delete/settings.json",
        JSON.stringify({
          relayProfiles: [{
            id: "p",
            name: "P",
            protocol: "chatCompletions",
            upstreamBaseUrl: "https://a.example/v1",
            configContents: codex("http://127.0.0.1:58111/v1"),
          }],
        }),
      ),
    58_111,
    "Codex++",
  ],
];
for (const [name, lay, port, who, env] of cases) {
  Deno.test(`fronts: ${name}: left in front, and never led in a loop`, () =>
    inHome(async (home) => {
      lay(home);
      const text = codex(`http://localhost:${port}/v1`);
      home.write(".codex/config.toml", text);
      const context = { ...home.context, env: { ...home.context.env, ...env } };
      const { found, edits } = await codexIntegration(context).plan();
      assert.deepEqual(edits, []);
      assert.match(
        found.join("\n"),
        new RegExp(`a goes through ${who.replaceAll("+", "\\+")}'s own proxy`),
      );
      // No URL of that port becomes an upstream anywhere
      for (const one of openIntegrations(context)) {
        const urls = (await one.plan()).edits.map(({ after }) => String(after));
        assert.deepEqual(urls.filter((url) => url.includes(`:${port}`)), []);
      }
    }));
}

Deno.test("fronts: a real upstream on this machine is none, and a broken setting is no obstacle", () =>
  inHome(async (home) => {
    home.write(
      ".codex-session-delete/settings.json",
      JSON.stringify({
        relayProfiles: [
          {
            id: "p",
            protocol: "chatCompletions",
            upstreamBaseUrl: "http://127.0.0.1:11434/v1",
            configContents: codex("http://127.0.0.1:11434/v1"),
          },
          7,
          { protocol: "chat" },
        ],
      }),
    );
    home.write(".cc-switch/cc-switch.db", "no database");
    const fronts = await readFronts({
      ...home.context,
      env: { ...home.context.env, CODEX_PLUS_PROTOCOL_PROXY_PORT: "70000" },
    });
    assert.deepEqual([...fronts.keys()].sort(), [15_721, 15_722, 57_321]);
  }));

const proxies: [name: string | undefined, answers: Record<string, string>][] = [
  ["opencodex", { "/healthz": '{"status":"ok","service":"opencodex"}' }],
  ["mimo2codex", { "/healthz": '{"ok":true,"name":"mimo2codex"}' }],
  ["CLIProxyAPI", { "/": '{"message":"CLI Proxy API Server","endpoints":[]}' }],
  ["LiteLLM", { "/health/liveliness": `"I'm alive!"` }],
  [undefined, { "/healthz": '{"status":"ok"}', "/": "<html>" }],
  [undefined, { "/": `{"message":"CLI Proxy API Server","x":"${"y".repeat(20_000)}"}` }],
];
for (const [name, answers] of proxies) {
  Deno.test(`fronts: a local proxy that answers as ${name ?? "nobody known"}`, () =>
    inHome(async (home) => {
      await using server = Deno.serve(
        { port: 0, hostname: "127.0.0.1", onListen: () => {} },
        ({ url }) => {
          const text = answers[new URL(url).pathname];
          return new Response(text ?? "", { status: text === undefined ? 404 : 200 });
        },
      );
      const { port } = server.addr;
      assert.equal(await localProxyAt(port), name);
      home.write(".codex/config.toml", `openai_base_url = "http://127.0.0.1:${port}/v1"\n`);
      const context = { ...home.context, localProxy: localProxyAt };
      const { found, edits } = await codexIntegration(context).plan();
      assert.equal(edits.length, 1);
      assert.equal(
        found.some((line) => line.startsWith(`${name} answers on port ${port}`)),
        name !== undefined,
      );
    }));
}

Deno.test("fronts: nobody on a port is nobody", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  assert.equal(await localProxyAt(port), undefined);
});
