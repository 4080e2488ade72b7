/**
 * A model server that nobody here wrote, with a tiny model that talks nonsense: `../shared/tools/llama-server`, whose comments
 * say what it can do.
 *
 * @module
 */

import { userInfo } from "node:os";
import { fileURLToPath } from "node:url";
import { until } from "../../e2e/gated.ts";

/** A running server. */
export interface Llama {
  /** Stops its process without ending it, and lets it go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Ends it at once, whatever it is doing. */
  kill(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL("../../../../shared/tools/llama-server", import.meta.url));
/** The account's own cache, whatever HOME says: it is built once for all runs. */
const CACHE = `${userInfo().homedir}/.cache`;

/** Whether the server was built on this machine; `.ci/run` does that where it can. */
export function hasLlama(): boolean {
  return exists(SCRIPT) && exists(`${CACHE}/sidecar-llama/.ready`);
}

/** Starts the server and waits until it takes requests. @param more options of llama-server */
export async function startLlama(port: number, ...more: string[]): Promise<Llama> {
  const child = new Deno.Command(SCRIPT, {
    args: [`${port}`, ...more],
    env: { XDG_CACHE_HOME: CACHE },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let gone = false;
  const left = child.status.then(() => gone = true);
  await until(async () => {
    if (gone) throw new Error("The model server left before it took requests");
    const { ok } = await fetch(`http://127.0.0.1:${port}/health`).then(
      (response) => response.body?.cancel().then(() => response) ?? response,
      () => ({ ok: false }),
    );
    return ok;
  });
  return {
    signal: (signal) => child.kill(signal),
    async kill() {
      if (!gone) child.kill("SIGKILL");
      await left;
    },
  };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
