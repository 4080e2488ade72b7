/**
 * Who is shown the status line: the terminal interface of Codex, in the versions in which it was seen to show it and to keep
 * nothing of it (docs/facts/codex.md §9).
 *
 * Its rule: every other client, and every request whose answer nobody watches, gets none. A version newer than the last
 * row is taken for that row's; one that is older than the first, or cannot be read, is shown nothing.
 *
 * @module
 */

import { isObject, type JsonObject } from "../../base/json.ts";
import { codexVersion, isSince } from "../codex_version.ts";

/** How a line is sent: each in a reasoning item of its own, or all of them as parts of one. */
export type StatusForm = "items" | "parts";

/** The rows, oldest first. Before 0.160 what follows the first heading of an item stays on the screen. */
const FORMS: readonly (readonly [since: string, form: StatusForm])[] = [
  ["0.120.0", "items"],
  ["0.160.0", "parts"],
];

/** The name of the terminal interface, in `originator` and in front of the version in the user agent. */
const TERMINAL = "codex-tui";

/** How the client that sent this request is shown a status line; `undefined` where it is shown none. */
export function statusForm(headers: Headers, body: JsonObject): StatusForm | undefined {
  const named = headers.get("originator") ?? headers.get("user-agent")?.split("/", 1)[0];
  if (named !== TERMINAL || headers.has("x-openai-subagent") || !isWatched(body)) return undefined;
  const version = codexVersion(headers);
  return version && FORMS.findLast(([since]) => isSince(version, since))?.[1];
}

/** Whether the request is a step of the turn on the screen: titles and local compactions offer no tools. */
function isWatched({ stream, tools, input, reasoning }: JsonObject): boolean {
  if (stream !== true || !Array.isArray(input)) return false;
  if (isObject(reasoning) && reasoning.summary === "none") return false;
  const last = input.at(-1);
  if (isObject(last) && last.type === "compaction_trigger") return false;
  return (Array.isArray(tools) && tools.length > 0) ||
    input.some((item) => isObject(item) && item.type === "additional_tools");
}
