/**
 * Other proxies for Codex that people run on their own machine, told apart by what they answer: their ports are settings
 * (docs/facts/switchers.md §6).
 *
 * @module
 */

import { isObject, type Json, parseJson } from "../../base/json.ts";

/** One of them. */
interface LocalProxy {
  readonly name: string;
  /** Asked with GET; it needs no key. */
  readonly path: string;
  /** Whether this is its answer. */
  tells(answer: Json | undefined): boolean;
}

const PROXIES: readonly LocalProxy[] = [
  { name: "opencodex", path: "/healthz", tells: (it) => has(it, "service", "opencodex") },
  { name: "mimo2codex", path: "/healthz", tells: (it) => has(it, "name", "mimo2codex") },
  { name: "CLIProxyAPI", path: "/", tells: (it) => has(it, "message", "CLI Proxy API Server") },
  { name: "LiteLLM", path: "/health/liveliness", tells: (it) => it === "I'm alive!" },
];

/** The most of an answer that is read, in bytes. */
export const MAX_ANSWER = 16 * 1024;

/** Asks one path of a port on this machine: the body of a 200; `undefined` where none comes. */
export type AskPath = (path: string) => Promise<string | undefined>;

/** The name of the proxy that answers; `undefined` where it is none of these. */
export async function localProxyName(ask: AskPath): Promise<string | undefined> {
  const paths = [...new Set(PROXIES.map(({ path }) => path))];
  const answers = await Promise.all(paths.map(async (path) => {
    const text = await ask(path);
    return [path, text === undefined ? undefined : parseJson(text)] as const;
  }));
  const byPath = new Map(answers);
  return PROXIES.find(({ path, tells }) => tells(byPath.get(path)))?.name;
}

function has(answer: Json | undefined, key: string, value: string): boolean {
  return isObject(answer) && answer[key] === value;
}
