/**
 * Items that the client saw begin and not end, with the text it was shown of each.
 *
 * Codex shows the text of an item's `done`, whatever was streamed for it; a client that adds deltas up does not. For
 * both, the shown text decides what may follow when the stream from upstream breaks.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { outputText } from "../../wire/response_object.ts";
import { type ResponsesEvent, responsesEvent } from "../../wire/responses.ts";

/** An item that the client saw begin and not end. */
export interface ShownItem {
  readonly index: number;
  /** The item as it was announced. */
  readonly item: JsonObject;
  /** What was shown of each part, by {@link partOf}. */
  readonly shown: Map<string, string>;
}

/** For each event about a part: the kind of the part, and the field that holds its index. */
const PARTS: Readonly<Record<string, readonly [kind: string, field: string]>> = {
  "response.content_part.added": ["text", "content_index"],
  "response.output_text.delta": ["text", "content_index"],
  "response.refusal.delta": ["refusal", "content_index"],
  "response.reasoning_summary_part.added": ["summary", "summary_index"],
  "response.reasoning_summary_text.delta": ["summary", "summary_index"],
  "response.reasoning_text.delta": ["reasoning", "content_index"],
};

/** Names the part that an event begins or fills, such as `text 0`; `undefined` for all other events. */
export function partOf({ type, data }: ResponsesEvent): string | undefined {
  const part = PARTS[type];
  if (!part) return undefined;
  const [kind, field] = part;
  const at = data[field];
  return `${kind} ${typeof at === "number" ? at : 0}`;
}

/** Keeps the open items of one exchange, by their index. */
export class OpenItems {
  readonly #items = new Map<number, ShownItem>();

  /** The open items, in the order in which they began. */
  get all(): readonly ShownItem[] {
    return [...this.#items.values()];
  }

  get count(): number {
    return this.#items.size;
  }

  /** Records an event that goes to the client. */
  record(event: ResponsesEvent): void {
    const { type, data: { item, output_index: index, delta } } = event;
    if (typeof index !== "number") return;
    if (type === "response.output_item.done") this.#items.delete(index);
    else if (type === "response.output_item.added") {
      if (isObject(item)) this.#items.set(index, { index, item, shown: new Map() });
    } else {
      const open = this.#items.get(index);
      const part = open && partOf(event);
      if (!part) return;
      const before = open.shown.get(part) ?? "";
      open.shown.set(part, typeof delta === "string" ? before + delta : before);
    }
  }
}

/** The status of a cut item where the schema does not allow `incomplete`, and items for which it allows none that fits. */
const CUT: ReadonlyMap<unknown, string> = new Map([
  ["web_search_call", "failed"],
  ["image_generation_call", "failed"],
]);
const NO_CUT_STATUS: ReadonlySet<unknown> = new Set(["apply_patch_call"]);

/** The item as finished. @param keep whether it keeps its shown text, or is empty */
export function finishedAsShown({ item, shown }: ShownItem, keep: boolean): JsonObject {
  const texts = (kind: string): string[] =>
    keep ? [...shown].filter(([part]) => part.startsWith(`${kind} `)).map(([, text]) => text) : [];
  const status = CUT.get(item.type) ?? "incomplete";
  if (item.type === "message") {
    const content: Json[] = texts("text").filter((text) => text !== "")
      .map(outputText);
    const refusals = texts("refusal").map((refusal) => ({ type: "refusal", refusal }));
    return { ...item, status, content: [...content, ...refusals] };
  }
  if (item.type === "reasoning") {
    const summary = texts("summary").map((text) => ({ type: "summary_text", text }));
    const content = texts("reasoning").map((text) => ({ type: "reasoning_text", text }));
    return { ...item, status, summary, ...(content.length > 0 && { content }) };
  }
  return NO_CUT_STATUS.has(item.type) ? item : { ...item, status };
}

/** The shown text of a message that is text alone; `undefined` for every other item, and for white space. */
export function textShown({ item, shown }: ShownItem): string | undefined {
  const text = shown.get("text 0");
  return item.type === "message" && shown.size === 1 && text?.trim() ? text : undefined;
}

/** A part of reasoning that begins, and its text so far as one delta. */
export function reasoningPart(
  part: string,
  delta: string,
  index: number,
  item: JsonObject,
): ResponsesEvent[] {
  const [kind, at] = part.split(" ");
  const [added, text, type, field] = kind === "summary"
    ? ["reasoning_summary_part", "summary_text", "reasoning_summary_text", "summary_index"]
    : ["content_part", "reasoning_text", "reasoning_text", "content_index"];
  const position = {
    ...(item.id === undefined ? {} : { item_id: item.id }),
    output_index: index,
    [field]: Number(at),
    sequence_number: 0,
  };
  return [
    responsesEvent(`response.${added}.added`, { ...position, part: { type: text, text: "" } }),
    responsesEvent(`response.${type}.delta`, { ...position, delta }),
  ];
}

/** Whether a finished item begins with everything that was shown of it. */
export function beginsWithShown(item: JsonObject, { shown }: ShownItem): boolean {
  return [...shown].every(([part, text]) => textAt(item, part).startsWith(text));
}

/** The text of one part of a finished item; empty where it has no such part. */
function textAt(item: JsonObject, part: string): string {
  const [kind, at] = part.split(" ");
  const parts = kind === "summary" ? item.summary : item.content;
  const found = Array.isArray(parts) ? parts[Number(at)] : undefined;
  if (!isObject(found)) return "";
  return filled(kind === "refusal" ? found.refusal : found.text) ?? "";
}
