/**
 * The answers that the bench's provider gives, as bytes: about 200 bytes an event on each wire, the ids as long and
 * the deltas as short as providers make them.
 *
 * A delta's text begins with the time at which it was made, where the bench asks for that.
 *
 * @module
 */

/** The wires that are measured. */
export const WIRES = ["responses", "chat", "anthropic"] as const;
export type Wire = typeof WIRES[number];

const encoder = new TextEncoder();

/** One answer, event by event, as text. Events are counted, and the usage at the end says how many there were. */
export interface Answer {
  head(): string;
  delta(text: string): string;
  tail(): string;
}

/** Starts an answer. */
export function answer(wire: Wire): Answer {
  if (wire === "anthropic") return new AnthropicAnswer();
  return wire === "chat" ? new ChatAnswer() : new ResponsesAnswer();
}

/** One HTTP chunk that holds the text. */
export function httpChunk(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  const size = encoder.encode(`${bytes.length.toString(16)}\r\n`);
  const out = new Uint8Array(size.length + bytes.length + 2);
  out.set(size);
  out.set(bytes, size.length);
  out.set([13, 10], size.length + bytes.length);
  return out;
}

/** A whole answer of `events` deltas as the writes it is sent in, `together` events in each. */
export function floodOf(wire: Wire, events: number, together: number): readonly Uint8Array[] {
  const one = answer(wire);
  const writes = [httpChunk(one.head())];
  for (let done = 0; done < events; done += together) {
    const size = Math.min(together, events - done);
    const texts = Array.from({ length: size }, () => one.delta(" fox"));
    writes.push(httpChunk(texts.join("")));
  }
  writes.push(httpChunk(one.tail()));
  return writes;
}

class ChatAnswer implements Answer {
  #events = 0;

  head(): string {
    return this.#data([choice({ role: "assistant", content: "" })]);
  }

  delta(text: string): string {
    this.#events++;
    return this.#data([choice({ content: text })]);
  }

  tail(): string {
    const usage = {
      prompt_tokens: 0,
      completion_tokens: this.#events,
      total_tokens: this.#events,
    };
    return this.#data([choice({}, "stop")]) + this.#data([], { usage }) + "data: [DONE]\n\n";
  }

  #data(choices: unknown[], more: Record<string, unknown> = {}): string {
    const chunk = {
      id: "chatcmpl-67aaf2c8f0a08190b6f8c1e5d2a9f3b1",
      object: "chat.completion.chunk",
      created: 1795628536,
      model: "bench",
      choices,
      ...more,
    };
    return `data: ${JSON.stringify(chunk)}\n\n`;
  }
}

function choice(delta: Record<string, unknown>, finish: string | null = null) {
  return { index: 0, delta, finish_reason: finish };
}

class AnthropicAnswer implements Answer {
  #events = 0;

  head(): string {
    const message = {
      id: "msg_67aaf2c8f0a08190b6f8c1e5d2a9f3b1",
      type: "message",
      role: "assistant",
      model: "bench",
      content: [],
      usage: { input_tokens: 0, output_tokens: 0 },
    };
    return this.#event("message_start", { message }) +
      this.#event("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
  }

  delta(text: string): string {
    this.#events++;
    // Some servers pad their events; so all wires have the same length here.
    return this.#event("content_block_delta", {
      index: 0,
      delta: { type: "text_delta", text },
      pad: "abcdefghijklmnopqrstuvwxyz0123456789",
    });
  }

  tail(): string {
    const delta = { stop_reason: "end_turn", stop_sequence: null };
    return this.#event("content_block_stop", { index: 0 }) +
      this.#event("message_delta", { delta, usage: { output_tokens: this.#events } }) +
      this.#event("message_stop", {});
  }

  #event(type: string, fields: Record<string, unknown>): string {
    return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  }
}

const ITEM = "msg_67aaf2c8f0a08190b6f8c1e5d2a9f3b1";
const PLACE = { item_id: ITEM, output_index: 0, content_index: 0 };

class ResponsesAnswer implements Answer {
  #sequence = 0;
  #events = 0;
  #text = "";

  head(): string {
    const response = { id: "resp_1", object: "response", status: "in_progress" };
    return this.#event("response.created", { response }) +
      this.#event("response.output_item.added", {
        output_index: 0,
        item: message("in_progress", []),
      }) +
      this.#event("response.content_part.added", { ...PLACE, part: part("") });
  }

  delta(text: string): string {
    this.#events++;
    this.#text += text;
    return this.#event("response.output_text.delta", { ...PLACE, delta: text });
  }

  tail(): string {
    const item = message("completed", [part(this.#text)]);
    const usage = { input_tokens: 0, output_tokens: this.#events, total_tokens: this.#events };
    const response = {
      id: "resp_1",
      object: "response",
      status: "completed",
      output: [item],
      usage,
    };
    return this.#event("response.output_text.done", { ...PLACE, text: this.#text }) +
      this.#event("response.content_part.done", { ...PLACE, part: part(this.#text) }) +
      this.#event("response.output_item.done", { output_index: 0, item }) +
      this.#event("response.completed", { response });
  }

  #event(type: string, fields: Record<string, unknown>): string {
    const data = { type, sequence_number: this.#sequence++, ...fields };
    return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
  }
}

function part(text: string) {
  return { type: "output_text", text, annotations: [] };
}

function message(status: string, content: unknown[]) {
  return { id: ITEM, type: "message", status, role: "assistant", content };
}
