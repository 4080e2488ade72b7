/**
 * The demo's question asked by the real Codex, with a home of its own and no retries, so that nobody's settings are
 * read or touched.
 *
 * @module
 */

import { isObject, parseJson } from "../../base/json.ts";
import { noProxyWithLoopback } from "../../base/loopback.ts";
import { TOKEN_HEADER } from "../../proxy/inbound/token.ts";
import { childCommand } from "../run/child.ts";
import { IDLE, TEXT } from "./cases.ts";
import type { Ask } from "./run.ts";

/** Holds the sidecar's token for Codex, which sends no header for an empty one (docs/facts/codex.md §1.1). */
const TOKEN_VARIABLE = "CODEX_SIDECAR_DEMO_TOKEN";
/** How many run at once: each is a process of some hundred megabytes. */
const WIDTH = 6;

/** Whether `codex` is on the PATH, and which; `undefined` when it is not. */
export async function findCodex(): Promise<string | undefined> {
  try {
    const command = await childCommand("codex", ["--version"], { stdin: "null" });
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Asks through the real Codex; a few at a time. */
export function askCodex(): Ask {
  const free: (() => void)[] = [];
  let running = 0;
  return async ({ url, received, token }) => {
    if (running >= WIDTH) await new Promise<void>((resolve) => free.push(resolve));
    running++;
    try {
      return await runOnce(url, received, token);
    } finally {
      running--;
      free.shift()?.();
    }
  };
}

async function runOnce(
  url: string,
  received: (heartbeat: boolean) => void,
  token = "",
): Promise<string | undefined> {
  const home = await Deno.makeTempDir({ prefix: "sidecar-demo-" });
  try {
    await Deno.writeTextFile(`${home}/config.toml`, configToml(url));
    const args = [
      "exec",
      "--json",
      "--skip-git-repo-check",
      "-s",
      "read-only",
      "What is the answer?",
    ];
    const command = await childCommand("codex", args, {
      cwd: home,
      env: { CODEX_HOME: home, NO_PROXY: noProxyWithLoopback(undefined), [TOKEN_VARIABLE]: token },
      stdin: "null",
      stderr: "null",
    });
    const { code, stdout } = await command.output();
    const events = new TextDecoder().decode(stdout).split("\n").map(parseJson).filter(isObject);
    events.forEach(() => received(false));
    const answers = events.flatMap(({ item }) =>
      isObject(item) && item.type === "agent_message" ? [item.text] : []
    );
    if (code === 0 && answers.at(-1) === TEXT && answers.length === 1) return undefined;
    const error = events.findLast(({ type }) => type === "error")?.message;
    return typeof error === "string"
      ? error
      : `Codex ended with code ${code} and ${answers.length} messages`;
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

function configToml(url: string): string {
  return `model = "demo-1"
model_provider = "demo"
web_search = "disabled"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.demo]
name = "Demo"
base_url = ${JSON.stringify(url)}
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
stream_idle_timeout_ms = ${IDLE}
env_http_headers = { "${TOKEN_HEADER}" = "${TOKEN_VARIABLE}" }
`;
}
