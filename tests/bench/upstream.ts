/**
 * The bench's provider: plain Responses streams of about 200 bytes an event, paced or as fast as they are taken.
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
      const stream = kind === "flood" ? flood(Number(count)) : paced(Number(count));
      return new Response(stream, { headers: { "content-type": "text/event-stream" } });
    },
  );
  return {
    base: `http://127.0.0.1:${server.addr.port}/v1`,
    close: () => server.shutdown(),
  };
}

/** Makes one answer, event by event. */
class Answer {
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
    const delta = `@${performance.now().toFixed(3)} ${WORDS}`;
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
const floods = new Map<number, Uint8Array[]>();

function flood(count: number): ReadableStream<Uint8Array> {
  const events = floods.get(count) ?? makeFlood(count);
  floods.set(count, events);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(events[at++] as Uint8Array);
      if (at === events.length) controller.close();
    },
  });
}

function makeFlood(count: number): Uint8Array[] {
  const answer = new Answer();
  const head = answer.head();
  return [head, ...Array.from({ length: count }, () => answer.delta()), answer.tail()];
}

function paced(perSecond: number): ReadableStream<Uint8Array> {
  const answer = new Answer();
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
