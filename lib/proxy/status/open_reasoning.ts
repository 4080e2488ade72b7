/**
 * A reasoning item that the client saw begin and not end, with the headings that the sidecar puts between its parts.
 *
 * @module
 */

import { finishedStatus } from "../../translate/status_mark.ts";
import { type ResponsesEvent, responsesEvent } from "../../wire/responses.ts";

/** A reasoning item that the client saw begin and not end. */
export interface OpenReasoning {
  readonly id: string;
  /** As the client has it. */
  readonly index: number;
  /** The parts of its summary so far. */
  parts: number;
  /** The client's number for each part of the provider's. */
  readonly numbers: Map<number, number>;
  /** Whether a heading of ours stands between its parts. */
  interrupted: boolean;
  /** Whether the last heading is ours, so that it must be replaced before anything else is shown. */
  stale: boolean;
}

/** An item that begins. */
export function reasoningAt(id: string, index: number): OpenReasoning {
  return { id, index, parts: 0, numbers: new Map(), interrupted: false, stale: false };
}

/** The events of a heading in a part of its own. */
export function heading(open: OpenReasoning, line: string): ResponsesEvent[] {
  open.stale = open.interrupted = true;
  open.numbers.clear();
  const { id, index, parts } = open;
  const position = { item_id: id, output_index: index, summary_index: parts, sequence_number: 0 };
  const delta = { ...position, delta: `**${line}**` };
  return [partAdded(open), responsesEvent("response.reasoning_summary_text.delta", delta)];
}

/** A new, empty part. */
export function partAdded(open: OpenReasoning): ResponsesEvent {
  return responsesEvent("response.reasoning_summary_part.added", {
    item_id: open.id,
    output_index: open.index,
    summary_index: open.parts++,
    part: { type: "summary_text", text: "" },
    sequence_number: 0,
  });
}

/** The end of an item of ours: nothing of what was shown stays. */
export function itemDone({ id, index }: OpenReasoning): ResponsesEvent {
  const item = finishedStatus(id);
  return responsesEvent("response.output_item.done", {
    output_index: index,
    item,
    sequence_number: 0,
  });
}
