/**
 * Restores the tools that Codex offered: turns the answer's calls of function tools into calls of those tools.
 *
 * Other events go through unchanged. A new event has the sequence number of the event it was made from, so that numbers are
 * no longer unique; whoever writes the stream numbers it again.
 *
 * @module
 */

import { filled, isObject } from "../../base/json.ts";
import type { Stage } from "../../base/stage.ts";
import { LazyMap } from "../../base/lazy_map.ts";
import { type ResponsesEvent, responsesEvent, TERMINAL } from "../../wire/responses.ts";
import { MOST_ITEMS, tooManyItems } from "../answer_limits.ts";
import { restoreCompaction } from "../compaction.ts";
import { RestoredCall } from "./restore_call.ts";
import { originOfCall, restoreItem } from "./restore_item.ts";
import type { ToolTable } from "../tool_table.ts";

/** A stage that restores the calls of one answer, or its summary where `tools.compacts`; not needed where `tools.empty`. */
export function restoreTools(tools: ToolTable): Stage<ResponsesEvent, ResponsesEvent> {
  return tools.compacts ? restoreCompaction() : restoreCalls(tools);
}

function restoreCalls(tools: ToolTable): Stage<ResponsesEvent, ResponsesEvent> {
  const open = new OpenCalls();
  /** The events of a call that never got a name go out unchanged: Codex ignores an unfinished item. */
  const end = (): ResponsesEvent[] => open.all().flatMap((call) => call.held());

  return {
    push(event) {
      const { item, item_id, output_index } = event.data;
      switch (event.type) {
        case "response.output_item.added": {
          if (!isObject(item)) return [event];
          const nameless = item.type === "function_call" && filled(item.name) === undefined;
          if (!nameless && !originOfCall(item, tools)) return [event];
          if (item.type !== "function_call") return [restoreEvent(event, tools)];
          const call = new RestoredCall(item, output_index, tools);
          open.add(call);
          return call.push(event);
        }
        case "response.function_call_arguments.delta":
        case "response.function_call_arguments.done":
          return open.of(item_id, output_index)?.push(event) ?? [event];
        case "response.output_item.done": {
          const call = isObject(item) && item.type === "function_call"
            ? open.of(item.id, output_index)
            : undefined;
          if (!call) return [restoreEvent(event, tools)];
          const restored = call.push(event);
          open.delete(call);
          return call.named ? restored : call.held();
        }
      }
      return TERMINAL.has(event.type)
        ? [...end(), restoreEvent(event, tools)]
        : [restoreEvent(event, tools)];
    },
    end,
  };
}

/** Calls that have begun and are not done; there may be several at once. */
class OpenCalls {
  readonly #byId = new LazyMap<unknown, RestoredCall>();
  readonly #byIndex = new LazyMap<unknown, RestoredCall>();

  add(call: RestoredCall): void {
    if (this.#byIndex.size >= MOST_ITEMS) throw tooManyItems();
    // Of two calls at one index the later one counts: the provider's next events are about it.
    if (call.id !== undefined) this.#byId.set(call.id, call);
    this.#byIndex.set(call.index ?? call, call);
  }

  /** The call that an event is about, by the id of its item, else by its index. */
  of(id: unknown, index: unknown): RestoredCall | undefined {
    return (id === undefined ? undefined : this.#byId.get(id)) ??
      (index === undefined ? undefined : this.#byIndex.get(index));
  }

  delete(call: RestoredCall): void {
    if (this.#byId.get(call.id) === call) this.#byId.delete(call.id);
    const key = call.index ?? call;
    if (this.#byIndex.get(key) === call) this.#byIndex.delete(key);
  }

  /** Removes all calls and returns them in their order. */
  all(): RestoredCall[] {
    const calls = [...this.#byIndex.values()];
    this.#byId.clear();
    this.#byIndex.clear();
    return calls;
  }
}

/** An event with its finished item, or its response's items, restored; the same event when there is nothing to restore. */
function restoreEvent(event: ResponsesEvent, tools: ToolTable): ResponsesEvent {
  const { item, response } = event.data;
  if (isObject(item)) {
    const restored = restoreItem(item, tools);
    return restored === item
      ? event
      : responsesEvent(event.type, { ...event.data, item: restored });
  }
  if (!isObject(response) || !Array.isArray(response.output)) return event;
  const before = response.output;
  const output = before.map((each) => isObject(each) ? restoreItem(each, tools) : each);
  if (output.every((each, index) => each === before[index])) return event;
  return responsesEvent(event.type, { ...event.data, response: { ...response, output } });
}
