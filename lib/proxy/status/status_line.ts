/**
 * When something is said in Codex's status line: what `Waiting` knows, at most once in five seconds, and only when the fact
 * is another one or has another magnitude. What is said goes to the client through {@link StatusItems}.
 *
 * @module
 */

import type { Clock, Random } from "../../base/clock.ts";
import { gist } from "../../base/wait/facts.ts";
import { Waiting } from "../../base/wait/waiting.ts";
import { sayWait, type WaitLanguage } from "../../base/wait/words.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";
import type { StatusForm } from "./status_client.ts";
import { StatusItems } from "./status_items.ts";

/** The shortest time between two lines: one that changes faster cannot be read. */
const BETWEEN_MS = 5_000;
/** How often it is asked whether there is something to say. */
const TICK_MS = 1_000;

/** Options of {@link StatusLine}. */
interface StatusLineOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The silence in milliseconds that is worth telling. */
  readonly after: number;
  readonly language: WaitLanguage;
  readonly form: StatusForm;
}

/** What of an exchange decides over its status line. */
interface StatusContext {
  readonly config: { readonly status: { readonly after: number | null } };
  readonly net: { readonly clock: Clock };
  readonly random: Random;
  readonly language?: WaitLanguage;
}

/** The status line of an exchange; `undefined` where its client is shown none, or the user wants none. */
export function openStatus(
  { status: form, complete }: { readonly status?: StatusForm | undefined; complete?: boolean },
  { config: { status: { after } }, net: { clock }, random, language = "en" }: StatusContext,
): StatusLine | undefined {
  if (!form || complete || after === null) return undefined;
  return new StatusLine({ clock, random, after, language, form });
}

/** The status line of one exchange. */
export class StatusLine {
  readonly waiting: Waiting;
  /** The longest that a head may be held, in milliseconds: a line needs it sent. */
  readonly after: number;
  readonly #options: StatusLineOptions;
  readonly #items: StatusItems;
  #asked: number;
  #said: number | undefined;
  #gist: string | undefined;

  constructor(options: StatusLineOptions) {
    const { clock, after, form, random } = options;
    this.#options = options;
    this.after = after;
    this.waiting = new Waiting(clock, after);
    this.#items = new StatusItems(form, random);
    this.#asked = clock.now() - TICK_MS;
  }

  /** Milliseconds until {@link take} may have something. */
  get due(): number {
    return this.#asked + TICK_MS - this.#options.clock.now();
  }

  /** The events of a line, where one is due; it asks once in {@link TICK_MS}. */
  take(): ResponsesEvent[] {
    const { clock, language } = this.#options;
    const now = this.#asked = clock.now();
    const fact = this.waiting.fact();
    const what = fact && gist(fact);
    if (!fact) this.#gist = undefined; // the next wait is news
    if (this.#said !== undefined && now - this.#said < BETWEEN_MS) return [];
    if (!fact || what === this.#gist) return [];
    const events = this.#items.say(sayWait(fact, language));
    if (events.length === 0) return [];
    this.#said = now;
    this.#gist = what;
    return events;
  }

  /** What the client gets for events of the answer. */
  pass(events: readonly ResponsesEvent[]): ResponsesEvent[] {
    return this.#items.pass(events);
  }
}
