import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { statusForm } from "../../../lib/proxy/status/status_client.ts";

const BODY: JsonObject = {
  stream: true,
  input: [{ type: "message", role: "user", content: [] }],
  tools: [{ type: "function", name: "exec_command" }],
};

function form(
  agent: string | undefined,
  headers: Record<string, string> = {},
  body: JsonObject = {},
) {
  const all = new Headers({ ...agent !== undefined && { "user-agent": agent }, ...headers });
  return statusForm(all, { ...BODY, ...body });
}

/** user agent, originator, what it is told */
const clients: [string | undefined, string | undefined, string | undefined][] = [
  [
    "codex-tui/0.169.0 (Debian 12.0.0; x86_64) xterm-256color (codex-tui; 0.169.0)",
    "codex-tui",
    "parts",
  ],
  ["codex-tui/0.170.0-alpha.2 (Mac OS 15.1.0; arm64) iTerm.app", "codex-tui", "parts"],
  ["codex-tui/1.2.3 (x)", "codex-tui", "parts"],
  ["codex-tui/0.160.0 (x)", "codex-tui", "parts"],
  ["codex-tui/0.159.9 (x)", "codex-tui", "items"],
  ["codex-tui/0.142.0 (x)", "codex-tui", "items"],
  ["codex-tui/0.120.0 (x)", "codex-tui", "items"],
  ["codex-tui/0.119.9 (x)", "codex-tui", undefined],
  ["codex-tui/0.169.0 (x)", undefined, "parts"],
  ["codex-tui/new (x)", "codex-tui", undefined],
  [undefined, "codex-tui", undefined],
  [
    "codex_exec/0.169.0 (Debian 12.0.0; x86_64) unknown (codex_exec; 0.169.0)",
    "codex_exec",
    undefined,
  ],
  ["codex_vscode/0.169.0 (x) vscode/1.108 (codex_vscode; 1.9)", "codex_vscode", undefined],
  ["Codex Desktop/0.169.0 (x)", "Codex Desktop", undefined],
  ["codex_cli_rs/0.98.0 (x)", "codex_cli_rs", undefined],
  ["codex-tui/0.169.0 (x)", "codex_exec", undefined],
  ["openai-python/2.0", undefined, undefined],
];

Deno.test("status client: the terminal interface alone, in the versions that were tried and newer ones", () => {
  for (const [agent, originator, told] of clients) {
    assert.equal(
      form(agent, originator === undefined ? {} : { originator }),
      told,
      `${agent} ${originator}`,
    );
  }
});

const AGENT = "codex-tui/0.169.0 (x)";
const requests: [string, string | undefined, Record<string, string>, JsonObject][] = [
  ["a step of the turn", "parts", {}, {}],
  ["tools in an item", "parts", {}, {
    tools: [],
    input: [{ type: "additional_tools", tools: [] }],
  }],
  ["a title, or a local compaction: no tools", undefined, {}, { tools: [] }],
  ["a helper", undefined, { "x-openai-subagent": "guardian" }, {}],
  ["a remote compaction", undefined, {}, { input: [{ type: "compaction_trigger" }] }],
  ["a summary that is not wanted", undefined, {}, { reasoning: { summary: "none" } }],
  ["a summary of whatever kind", "parts", {}, { reasoning: { summary: "auto" } }],
  ["reasoning that is null", "parts", {}, { reasoning: null }],
  ["no stream", undefined, {}, { stream: false }],
];

Deno.test("status client: of the terminal's requests those alone that the person watches", () => {
  for (const [name, told, headers, body] of requests) {
    assert.equal(form(AGENT, headers, body), told, name);
  }
});
