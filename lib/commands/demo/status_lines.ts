/**
 * What Codex's status line says while the sidecar keeps a turn alive: the headings that the terminal interface is sent, read
 * as it reads them. `codex exec`, which the table drives, is sent none.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { showDuration } from "../../base/units.ts";
import { askLikeCodex } from "../../simulate/client.ts";
import { goodScript } from "../../simulate/good_script.ts";
import { json, wait } from "../../simulate/script.ts";
import { IDLE, TEXT } from "./cases.ts";
import { withOneUpstream } from "./one_upstream.ts";

/** The terminal interface, as it names itself (docs/facts/codex.md §9). */
const TERMINAL = { originator: "codex-tui", "user-agent": "codex-tui/0.169.0 (demo)" };
const BODY = {
  model: "demo-1",
  stream: true,
  input: [{ type: "message", role: "user", content: "What is the answer?" }],
  tools: [{ type: "function", name: "exec_command", parameters: { type: "object" } }],
};
/** One heading. */
const HEADING = /^\*\*(.+)\*\*$/;

/** A line, and when it stood there. */
export interface StatusLineSeen {
  /** Milliseconds since the question. */
  readonly at: number;
  readonly line: string;
}

/** Asks a provider that is silent, overloaded, and slow once more; resolves with every line. Leaves nothing running. */
export async function statusLines(clock: Clock): Promise<StatusLineSeen[]> {
  const seen: StatusLineSeen[] = [];
  const asked = clock.now();
  const status = { after: 1_000, language: "en" } as const;
  await withOneUpstream(
    clock,
    (_, n) =>
      n === 1
        ? [wait(2_500), ...json(503, { error: { message: "Overloaded" } }, { "retry-after": "3" })]
        : [wait(2_000), ...goodScript({ wire: "responses", reasoning: "Hm.", text: TEXT })],
    { status },
    ({ url, headers }) =>
      askLikeCodex({
        url,
        body: BODY,
        headers: { ...TERMINAL, ...headers },
        idle: IDLE,
        clock,
        onEvent({ type, data: { delta } }) {
          if (type !== "response.reasoning_summary_text.delta") return;
          const heading = typeof delta === "string" ? HEADING.exec(delta)?.[1] : undefined;
          if (heading === undefined) return;
          const line = heading.replace(/127\.0\.0\.1:\d+/, "the provider");
          seen.push({ at: clock.now() - asked, line });
        },
      }),
  );
  return seen;
}

/** The lines for the screen, as Codex's terminal has them. */
export function statusText(seen: readonly StatusLineSeen[]): string {
  const lines = seen.map(({ at, line }) =>
    `${showDuration(Math.floor(at / 100) * 100).padStart(8)}  • ${line} (esc to interrupt)`
  );
  return [
    "What Codex's status line says where a provider is silent, then overloaded, then slow:",
    ...lines,
  ].join("\n");
}
