/**
 * What a request costs that is passed through unread: the provider's own count where the answer names one, else an estimate
 * by its length. It counts against a user's tokens of a day.
 *
 * Its rule: the bytes go on as they came, when the client reads them; counting costs linear time and bounded memory.
 *
 * @module
 */

import type { ExchangeRecord } from "../../observe/observer.ts";
import { tokensSent } from "../answer/token_estimate.ts";
import type { Meter } from "../passthrough/record.ts";

/**
 * The counts of Chat Completions and of Messages, in whatever place and event. Text that a model writes cannot look like one:
 * a quote inside a JSON text has a backslash before it.
 */
const COUNT =
  /"(prompt_tokens|input_tokens|cache_read_input_tokens|cache_creation_input_tokens|completion_tokens|output_tokens)"\s{0,8}:\s{0,8}(\d{1,12})/g;
/** The beginning of an event's data; one character less of it is kept from chunk to chunk. */
const EVENT = "\ndata:";
/** Longer than any match: so much of a chunk is looked at again with the next one. */
const OVERLAP = 80;
/** A token is about so many bytes. */
const BYTES_A_TOKEN = 4;

/** Counts the tokens of one request and its answer. */
export class PassedUsage implements Meter {
  readonly #most = new Map<string, number>();
  readonly #decoder = new TextDecoder("latin1");
  readonly #estimates: boolean;
  readonly #sent: Uint8Array;
  #bytes = 0;
  #events = 0;
  #tail = "";
  #lead = "\n";

  /** @param sent the request's body @param estimates whether an answer without a count cost tokens all the same */
  constructor(sent: Uint8Array, estimates: boolean) {
    this.#sent = sent;
    this.#estimates = estimates;
  }

  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    const decoded = this.#decoder.decode(chunk, { stream: true });
    const text = this.#tail + decoded;
    for (const [, name = "", count] of text.matchAll(COUNT)) {
      // A stream repeats its counts as they grow
      this.#most.set(name, Math.max(this.#most.get(name) ?? 0, Number(count)));
    }
    this.#tail = text.slice(-OVERLAP);
    const lines = this.#lead + decoded;
    this.#events += lines.split(EVENT).length - 1;
    this.#lead = lines.slice(1 - EVENT.length);
  }

  /** @param broke whether the last count cannot have come, because the answer broke or the client left */
  cost(broke: boolean): Pick<ExchangeRecord, "usage" | "estimate"> {
    if (this.#most.size === 0) {
      if (!this.#estimates) return {};
      const sent = tokensSent(new TextDecoder().decode(this.#sent));
      return { estimate: Math.ceil(sent + this.#bytes / BYTES_A_TOKEN) };
    }
    // Some name one count by both of its names
    const cached = this.#named("cache_read_input_tokens");
    const read = this.#named("input_tokens") + cached + this.#named("cache_creation_input_tokens");
    const written = Math.max(this.#named("output_tokens"), this.#named("completion_tokens"));
    const input = Math.max(read, this.#named("prompt_tokens"));
    // Of a part of an answer the count is that of its beginning, and an event is a token at least
    const output = Math.max(written, broke ? this.#events : 0);
    return { usage: { input, cached, output, reasoning: 0 } };
  }

  #named(name: string): number {
    return this.#most.get(name) ?? 0;
  }
}
