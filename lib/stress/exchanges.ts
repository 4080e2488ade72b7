/**
 * Which exchange of the sidecar is which turn of the run, so that what it reports of one is kept with its turn.
 *
 * Its rule: a turn is found by the request's id alone. The record of an exchange that a fallback answered has the
 * fallback's name, and would be taken for one of nobody's.
 *
 * @module
 */

import type { Random } from "../base/clock.ts";
import type { AttemptNote, Observer } from "../observe/observer.ts";
import type { Measured } from "./measured.ts";

/** The header that names a request to the sidecar. */
export const REQUEST_ID = "x-request-id";

/** A turn that was asked for. */
interface Asked {
  readonly measured: Measured;
  readonly conversation: number;
  readonly turn: number;
  readonly notes: AttemptNote[];
}

/** The exchanges of a run. */
export class Exchanges {
  /** Keeps what the sidecar reports. */
  readonly observer: Observer;
  readonly #random: Random;
  /** Turns under way, by the id of their request. */
  readonly #asked = new Map<string, Asked>();
  /** The ids of their requests, by those of their exchanges. */
  readonly #requests = new Map<string, string>();

  /** @param broke is called for each request that failed, with what is measured of its turn's upstream */
  constructor(random: Random, broke: (measured: Measured, note: AttemptNote) => void) {
    this.#random = random;
    this.observer = {
      began: ({ id, headers }) => {
        const name = headers.get(REQUEST_ID);
        if (name !== null && this.#asked.has(name)) this.#requests.set(id, name);
      },
      attemptFailed: (note) => {
        const asked = this.#asked.get(this.#requests.get(note.id) ?? "");
        if (!asked) return;
        asked.notes.push(note);
        broke(asked.measured, note);
      },
      finished: (record) => {
        this.#requests.delete(record.id);
        const asked = this.#asked.get(record.requestId ?? "");
        if (!asked) return;
        this.#asked.delete(record.requestId ?? "");
        const { measured, conversation, turn, notes } = asked;
        measured.exchanges.push({ conversation, turn, record, notes });
      },
      notice: () => {},
    };
  }

  /** A turn is about to be asked. @returns the id for its request */
  open(measured: Measured, conversation: number, turn: number): string {
    const id = `stress-${this.#random.id()}`;
    this.#asked.set(id, { measured, conversation, turn, notes: [] });
    return id;
  }
}
