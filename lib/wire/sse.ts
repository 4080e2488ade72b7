/**
 * Server-sent events: bytes to messages and back, without a look at what a message holds.
 *
 * Framing follows the WHATWG rules (BOM, CR, LF, CRLF, multi-line data, comments). A last message without its blank line is
 * dropped unless {@link SseReaderOptions.tail} is set, because it may be cut. A line that is a JSON object and no field is
 * a message: gateways write their errors so.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import type { Stage } from "../base/stage.ts";
import { showSize } from "../base/units.ts";
import { BareJson } from "./bare_json.ts";
import { SseLines, type SseMessage } from "./sse_lines.ts";

export type { SseMessage } from "./sse_lines.ts";

/** Options of {@link sseReader}. */
interface SseReaderOptions {
  /** The largest single event, in bytes of buffered text. A larger one throws `too_large`. */
  readonly maxEvent: number;
  /**
   * Whether a last message without its blank line is delivered at the end: only for a consumer that can tell a cut
   * message from a complete one, and for servers that separate messages by single line breaks. @default false
   */
  readonly tail?: boolean;
}

/** Reads bytes, split anywhere, into messages. Comments and fields other than `event` and `data` are skipped. */
export function sseReader(
  { maxEvent, tail = false }: SseReaderOptions,
): Stage<Uint8Array, SseMessage> {
  const text = new TextDecoder();
  const lines = new SseLines(maxEvent, () => {
    throw new Failure("too_large", `One event of the stream is larger than ${showSize(maxEvent)}`, {
      hint: "Raise limits.event if the provider really sends such events",
    });
  });
  const bare = new BareJson();
  const take = (found: readonly string[]): SseMessage[] => {
    const { messages } = lines;
    if (messages.length > 0) lines.messages = [];
    for (const data of found) messages.push({ data });
    return messages;
  };
  return {
    push(bytes) {
      const piece = text.decode(bytes, { stream: true });
      lines.push(piece);
      return take(bare.push(piece));
    },
    end() {
      if (tail) lines.push("\n\n");
      return take(bare.end());
    },
  };
}

/** Writes one message. `data` that holds line breaks becomes several `data:` lines. */
export function writeSse({ event, data }: SseMessage): string {
  const lines = /[\r\n]/.test(data) ? data.split(/\r\n|\r|\n/).join("\ndata: ") : data;
  return event === undefined ? `data: ${lines}\n\n` : `event: ${event}\ndata: ${lines}\n\n`;
}
