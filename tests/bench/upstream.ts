/**
 * The bench's provider: plain streams of about 200 bytes an event on either wire, paced or as fast as they are taken.
 *
 * The model's name says what to send: `paced-25` 25 events a second until the client leaves, `flood-20000` so many
 * events at once, `idle-1` one event a second. Each delta begins with the time at which it was made.
 *
 * @module
 */

const encoder = new TextEncoder();

/** A running provider. */
export interface Upstream {
  /** `http://127.0.0.1:PORT/v1` */
  readonly base: string;
  readonly close: () => Promise<void>;
}

/** What a delta carries besides its time, so that an event comes to about 200 bytes. */
const WORDS = "the quick brown fox jumps over it";

/** Starts the provider on a free port of loopback. */
export function startUpstream(): Upstream {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      if (request.method === "HEAD") return new Response();
      const { model } = await request.json();
      const [kind, count] = String(model).split("-");
      const make = request.url.endsWith("/chat/completions") ? ChatAnswer : ResponsesAnswer;
      const stream = kind === "flood" ? flood(make, Number(count)) : paced(make, Number(count));
      return new Response(stream, { headers: { "content-type": "text/event-stream" } });
    },
  );
  return {
    base: `http://127.0.0.1:${server.addr.port}/v1`,
    close: () => server.shutdown(),
  };
}

/** One answer, event by event. */
interface Answer {
  head(): Uint8Array;
  delta(): Uint8Array;
  tail(): Uint8Array;
}

type Wire = new () => Answer;

function deltaText(): string {
  return `@${performance.now().toFixed(3)} ${WORDS}`;
}

/** On the Chat Completions wire. */
class ChatAnswer implements Answer {
  #chunks = 0;

  head(): Uint8Array {
    return this.#chunk({ role: "assistant", content: "" });
  }

  delta(): Uint8Array {
    return this.#chunk({ content: deltaText() });
  }

  tail(): Uint8Array {
    const usage = {
      prompt_tokens: 1,
      completion_tokens: this.#chunks,
      total_tokens: this.#chunks + 1,
    };
    return encoder.encode(
      this.#data([{ index: 0, delta: {}, finish_reason: "stop" }]) +
        this.#data([], { usage }) + "data: [DONE]\n\n",
    );
  }

  #chunk(delta: Record<string, unknown>): Uint8Array {
    this.#chunks++;
    return encoder.encode(this.#data([{ index: 0, delta, finish_reason: null }]));
  }

  #data(choices: unknown[], more: Record<string, unknown> = {}): string {
    const chunk = { id: "chat_1", object: "chat.completion.chunk", created: 1, choices, ...more };
    return `data: ${JSON.stringify(chunk)}\n\n`;
  }
}

/** On the Responses wire. */
class ResponsesAnswer implements Answer {
  #sequence = 0;
  #text = "";

  head(): Uint8Array {
    return encoder.encode(
      this.#event("response.created", {
        response: { id: "resp_1", object: "response", status: "in_progress" },
      }) +
        this.#event("response.output_item.added", {
          output_index: 0,
          item: message("in_progress", []),
        }) +
        this.#event("response.content_part.added", { ...PLACE, part: part("") }),
    );
  }

  delta(): Uint8Array {
    const delta = deltaText();
    this.#text += delta;
    return encoder.encode(this.#event("response.output_text.delta", { ...PLACE, delta }));
  }

  tail(): Uint8Array {
    const item = message("completed", [part(this.#text)]);
    const usage = {
      input_tokens: 1,
      output_tokens: this.#sequence,
      total_tokens: this.#sequence + 1,
    };
    const response = {
      id: "resp_1",
      object: "response",
      status: "completed",
      output: [item],
      usage,
    };
    return encoder.encode(
      this.#event("response.output_text.done", { ...PLACE, text: this.#text }) +
        this.#event("response.content_part.done", { ...PLACE, part: part(this.#text) }) +
        this.#event("response.output_item.done", { output_index: 0, item }) +
        this.#event("response.completed", { response }),
    );
  }

  #event(type: string, fields: Record<string, unknown>): string {
    const data = { type, sequence_number: this.#sequence++, ...fields };
    return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
  }
}

const PLACE = { item_id: "msg_1", output_index: 0, content_index: 0 };

function part(text: string) {
  return { type: "output_text", text, annotations: [] };
}

function message(status: string, content: unknown[]) {
  return { id: "msg_1", type: "message", status, role: "assistant", content };
}

/** The events of a flood are made once: the provider must not be what a flood measures. */
const floods = new Map<string, Uint8Array[]>();

function flood(make: Wire, count: number): ReadableStream<Uint8Array> {
  const key = `${make.name} ${count}`;
  const events = floods.get(key) ?? makeFlood(make, count);
  floods.set(key, events);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(events[at++] as Uint8Array);
      if (at === events.length) controller.close();
    },
  });
}

function makeFlood(make: Wire, count: number): Uint8Array[] {
  const answer = new make();
  const head = answer.head();
  return [head, ...Array.from({ length: count }, () => answer.delta()), answer.tail()];
}

function paced(make: Wire, perSecond: number): ReadableStream<Uint8Array> {
  const answer = new make();
  let timer: ReturnType<typeof setInterval> | undefined;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(answer.head());
      const tick = () => controller.enqueue(answer.delta());
      tick();
      timer = setInterval(tick, 1_000 / perSecond);
    },
    cancel: () => clearInterval(timer),
  });
}
