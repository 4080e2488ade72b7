/**
 * The environment between Codex and the sidecar: proxies in variables, front proxies, WSL.
 *
 * @module
 */

import { projectFindings } from "../codex/layers/layer_files.ts";
import { readFronts } from "../fronts.ts";
import type { Env } from "../../config/paths.ts";
import type { PatchContext } from "../integration.ts";

/** Findings for the user, one line each; empty where nothing interferes. */
export async function environmentFindings(
  context: PatchContext,
): Promise<string[]> {
  const { env, listening, port } = context;
  const out: string[] = await projectFindings(context);
  for (const [other, name] of await readFronts(context)) {
    if (await listening(other)) out.push(`${name}'s own proxy listens on port ${other}`);
  }
  const caught = proxyOverLoopback(env);
  if (caught) {
    out.push(
      `${caught} is set and NO_PROXY does not name 127.0.0.1: Codex would send what is meant for the sidecar ` +
        "to that proxy. Set NO_PROXY=127.0.0.1,localhost where Codex is started",
    );
  }
  if (env.WSL_DISTRO_NAME) {
    out.push(
      `This is WSL (${env.WSL_DISTRO_NAME}): a Codex that runs in Windows reaches a sidecar here only as ` +
        `localhost:${port} of Windows, and not with every network mode`,
    );
  }
  return out;
}

/** The proxy variable that would catch http://127.0.0.1 (docs/facts/codex.md §1.4); `undefined` where none does. */
export function proxyOverLoopback(env: Env): string | undefined {
  const spared = (env.NO_PROXY ?? env.no_proxy ?? "").split(",").map((one) => one.trim());
  if (spared.some((one) => one === "*" || one === "127.0.0.1" || one === "127.0.0.0/8")) {
    return undefined;
  }
  return ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].find((name) => env[name]);
}
