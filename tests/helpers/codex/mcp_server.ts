/**
 * The smallest MCP server: one tool, `reverse`, over standard streams. Run by the client under test.
 *
 * @module
 */

import { isObject, type Json, type JsonObject, parseJson } from "../../../lib/base/json.ts";
import { lines } from "./codex.ts";

const TOOL: JsonObject = {
  name: "reverse",
  description: "Turns a word around",
  inputSchema: { type: "object", properties: { word: { type: "string" } }, required: ["word"] },
};

function reply(method: unknown, params: JsonObject): Json | undefined {
  if (method === "initialize") {
    return {
      protocolVersion: params.protocolVersion ?? "2025-06-18",
      capabilities: { tools: {} },
      serverInfo: { name: "tiny", version: "1.0.0" },
    };
  }
  if (method === "tools/list") return { tools: [TOOL] };
  if (method === "ping") return {};
  if (method !== "tools/call") return undefined;
  const word = isObject(params.arguments) ? String(params.arguments.word) : "";
  return { content: [{ type: "text", text: [...word].reverse().join("") }] };
}

for await (const line of lines(Deno.stdin.readable)) {
  const message = parseJson(line);
  if (!isObject(message) || message.id === undefined) continue;
  const result = reply(message.method, isObject(message.params) ? message.params : {});
  const answer = result === undefined
    ? { error: { code: -32601, message: "No such method" } }
    : { result };
  await Deno.stdout.write(
    new TextEncoder().encode(`${JSON.stringify({ jsonrpc: "2.0", id: message.id, ...answer })}\n`),
  );
}
