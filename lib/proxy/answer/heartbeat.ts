/**
 * The heartbeat: the one event that resets Codex's idle timer and shows nothing (docs/facts/codex.md §3.1, §6).
 *
 * Comments do not reset that timer. A complete event with data does, and Codex ignores an unknown type silently.
 *
 * @module
 */

import { writeSse } from "../../wire/sse.ts";

/** One heartbeat as SSE text. @param sequenceNumber its number in the row of the stream */
export function heartbeat(sequenceNumber: number): string {
  const data = JSON.stringify({ type: "keepalive", sequence_number: sequenceNumber });
  return writeSse({ event: "keepalive", data });
}
