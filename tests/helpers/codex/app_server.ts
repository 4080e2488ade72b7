/**
 * Drives `codex app-server` as the VS Code extension does: JSON-RPC over its standard streams, a line a message.
 *
 * @module
 */

import { isObject, type JsonObject, parseJson } from "../../../lib/base/json.ts";
import { codexEnv, codexHome, type CodexOptions, HANG_MS, lines } from "./codex.ts";
import { codexBinary } from "./codex_binary.ts";
import { removeFolder } from "../system/temp_folder.ts";

/** A notification of the server: what the extension draws its view from. */
export interface Notification {
  readonly method: string;
  readonly params: JsonObject;
}

/** Runs one turn in a fresh thread and returns every notification up to `turn/completed`. */
export async function appServerTurn(options: CodexOptions): Promise<Notification[]> {
  const { home, work } = await codexHome(options);
  const child = new Deno.Command(await codexBinary(options.version), {
    args: ["app-server"],
    cwd: work,
    clearEnv: true,
    env: codexEnv(home),
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? HANG_MS);
  const writer = child.stdin.getWriter();
  const send = (message: JsonObject) =>
    writer.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
  const seen: Notification[] = [];
  const answers = new Map<number, (result: JsonObject) => void>();
  const over = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const line of lines(child.stdout)) {
      const message = parseJson(line);
      if (!isObject(message)) continue;
      if (typeof message.method === "string") {
        seen.push({
          method: message.method,
          params: isObject(message.params) ? message.params : {},
        });
        if (message.method === "turn/completed") over.resolve();
      } else if (typeof message.id === "number") {
        answers.get(message.id)?.(isObject(message.result) ? message.result : message);
      }
    }
    over.reject(new Error(`The app server left before the turn was over: ${JSON.stringify(seen)}`));
  })();
  let calls = 0;
  const call = (method: string, params: JsonObject): Promise<JsonObject> => {
    const id = ++calls;
    const answer = new Promise<JsonObject>((resolve) => answers.set(id, resolve));
    void send({ id, method, params });
    return Promise.race([answer, over.promise.then(() => ({}))]);
  };
  try {
    const clientInfo = { name: "codex_vscode", title: "VS Code", version: "0.0.0" };
    await call("initialize", { clientInfo });
    await send({ method: "initialized" });
    const { thread } = await call("thread/start", { cwd: work, approvalPolicy: "never" });
    const threadId = isObject(thread) ? thread.id : undefined;
    const text = { type: "text", text: options.prompt, text_elements: [] };
    await call("turn/start", { threadId, input: [text] });
    await over.promise;
    return seen;
  } finally {
    clearTimeout(timer);
    await writer.close().catch(() => undefined);
    child.kill("SIGKILL");
    over.promise.catch(() => undefined);
    await Promise.all([child.status, reading]);
    await removeFolder(home);
  }
}
