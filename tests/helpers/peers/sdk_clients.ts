/**
 * The SDKs of the OpenAI API in a process of their own: `sdk_clients.mjs`, run where npm installed them.
 *
 * @module
 */

import { lines } from "../codex/codex.ts";

/** What an SDK made of an answer. */
export interface Answered {
  readonly id: number;
  /** What it calls the final text. */
  readonly text?: string;
  readonly error?: string;
  /** What its deltas added up to. */
  readonly shown: string;
}

/** The running SDKs. */
export interface SdkClients extends AsyncDisposable {
  /** Asks by one of the clients of `sdk_clients.mjs`. */
  ask(client: string, baseURL: string): Promise<Answered>;
}

/** Starts them. @param dir a folder with the packages in its `node_modules` */
export async function startSdkClients(dir: string): Promise<SdkClients> {
  // A module finds its packages where it lies.
  const file = await Deno.makeTempFile({ dir, prefix: "clients-", suffix: ".mjs" });
  await Deno.copyFile(new URL("./sdk_clients.mjs", import.meta.url), file);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--no-config", "--no-lock", "--node-modules-dir=manual", file],
    cwd: dir,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", OPENAI_AGENTS_DISABLE_TRACING: "1" },
  }).spawn();
  const waiting = new Map<number, PromiseWithResolvers<Answered>>();
  const stderr = new Response(child.stderr).text();
  const reading = (async () => {
    for await (const line of lines(child.stdout)) {
      const answered: Answered = JSON.parse(line);
      waiting.get(answered.id)?.resolve(answered);
      waiting.delete(answered.id);
    }
    const reason = new Error(`The SDK clients ended: ${await stderr}`);
    for (const { reject } of waiting.values()) reject(reason);
  })();
  const writer = child.stdin.getWriter();
  let last = 0;
  return {
    async ask(client, baseURL) {
      const id = ++last;
      const answer = Promise.withResolvers<Answered>();
      waiting.set(id, answer);
      await writer.write(
        new TextEncoder().encode(`${JSON.stringify({ id, client, baseURL })}\n`),
      );
      return answer.promise;
    },
    async [Symbol.asyncDispose]() {
      await writer.close().catch(() => undefined);
      child.kill("SIGKILL");
      await Promise.all([child.status, reading]);
      await Deno.remove(file);
    },
  };
}
