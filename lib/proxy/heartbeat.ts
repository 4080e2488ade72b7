/**
 * The beat: the one thing that resets Codex's idle timer and shows nothing (docs/facts/codex.md §3.1, §6).
 *
 * Comments do not count for Codex; a whole event with data does, and an unknown type is ignored in silence.
 *
 * @module
 */

import { writeSse } from "../wire/sse.ts";

/** One beat, as it goes over the wire. */
export function heartbeat(sequenceNumber: number): string {
  const data = JSON.stringify({ type: "keepalive", sequence_number: sequenceNumber });
  return writeSse({ event: "keepalive", data });
}
