/**
 * One name for a request on its whole way: `x-request-id` as the client sent it, or the exchange's own id. It goes upstream, comes
 * back in the answer's head, and stands in the log.
 *
 * A client's id is only shown: what is kept by id is kept by the exchange's own, which no client chooses.
 *
 * @module
 */

import type { ExchangeRecord, Observer } from "../observe/observer.ts";
import { isTraceparent } from "../base/traceparent.ts";

/** The header, and where the provider's own id goes. */
export const REQUEST_ID = "x-request-id";
const UPSTREAM_REQUEST_ID = "x-upstream-request-id";

/** What an id may be made of: visible characters that need no quoting anywhere, at most 128 of them. */
const FORM = /^[\w.:@/+=-]{1,128}$/;

/** The names of the requests that are running. */
export class RequestIds {
  readonly #names = new Map<string, Pick<ExchangeRecord, "requestId" | "traceparent">>();
  /** Headers of requests that came without a name. */
  readonly #made = new WeakSet<Headers>();

  /**
   * Gives the request its name; every request upstream that is made from these headers carries it.
   *
   * @param id of the exchange: the name where the client sent none, or none of this form
   */
  open(id: string, headers: Headers): void {
    const sent = headers.get(REQUEST_ID) ?? "";
    const traceparent = headers.get("traceparent") ?? "";
    const named = FORM.test(sent);
    const traced = isTraceparent(traceparent);
    if (named || traced) {
      this.#names.set(id, { ...named && { requestId: sent }, ...traced && { traceparent } });
    }
    if (!named) {
      headers.set(REQUEST_ID, id);
      this.#made.add(headers);
    }
  }

  /** The request has no exchange, or its exchange is over. */
  close(id: string): void {
    this.#names.delete(id);
  }

  /** The observer, told a client's names of each exchange as well: of the request, and of its trace. */
  named(observer: Observer): Observer {
    return {
      ...observer,
      finished: (record) => {
        const names = this.#names.get(record.id);
        this.close(record.id);
        observer.finished(names ? { ...record, ...names } : record);
      },
    };
  }

  /**
   * Writes the name into the answer. A provider's own id, which its support asks for, stays where the client gave no name, and
   * else moves to `x-upstream-request-id`.
   */
  nameAnswer(request: Headers, answer: Headers): void {
    const id = request.get(REQUEST_ID);
    if (id === null || !FORM.test(id)) return;
    const theirs = answer.get(REQUEST_ID);
    if (theirs !== null && this.#made.has(request)) return;
    if (theirs !== null && theirs !== id) answer.set(UPSTREAM_REQUEST_ID, theirs);
    answer.set(REQUEST_ID, id);
  }
}
