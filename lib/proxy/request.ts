/**
 * The request of one exchange as it changes between attempts: continued after what the client already has, or
 * mended after a refusal that can be mended. The client's own request is never changed.
 *
 * @module
 */

import type { Failure } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { Route } from "./routes.ts";

/** Refusals of these kinds may be about one part of the request. */
const MENDABLE = new Set<number | undefined>([400, 404, 422, undefined]);

/** What to send next. */
export class RequestSoFar {
  readonly #original: JsonObject;
  #finished: readonly JsonObject[] = [];
  /** Whether finished reasoning stays out of a continuation. */
  #bare = false;
  #already = new Set<string>();
  #mended: JsonObject | undefined;

  constructor(original: JsonObject) {
    this.#original = original;
  }

  /** The body to send instead of the prepared one, on its own wire, where that was mended. */
  get mended(): JsonObject | undefined {
    return this.#mended;
  }

  /** The request on Codex's wire. */
  get body(): JsonObject {
    const { input } = this.#original;
    const items = this.#finished.filter(({ type }) => !this.#bare || type !== "reasoning");
    if (items.length === 0) return this.#original;
    const before = typeof input === "string"
      ? [{ type: "message", role: "user", content: [{ type: "input_text", text: input }] }]
      : Array.isArray(input)
      ? input
      : [];
    return { ...this.#original, input: [...before, ...items] };
  }

  /** From now on the finished items stand at the end of the input, so that the model goes on after them. */
  continueAfter(finished: readonly JsonObject[]): void {
    if (finished.length === this.#finished.length) return;
    this.#finished = [...finished];
    // another request: what was mended in the last one may be refused again in this one
    this.#mended = undefined;
    this.#already = new Set();
  }

  /**
   * Takes out what a refusal complains about, each thing once.
   *
   * @param sent the body that was refused, as the route's adapter encoded it
   * @returns what was taken out, in words; `undefined` where nothing helps
   */
  fixUp(failure: Failure, sent: JsonObject, { adapter, target }: Route): string | undefined {
    if (failure.code !== "refused" || !MENDABLE.has(failure.facts.upstreamStatus)) return undefined;
    const mended = adapter.fixUp(sent, failure.message, this.#already, target.profile);
    if (mended) {
      this.#already.add(mended.what);
      this.#mended = mended.body;
      return mended.what;
    }
    // Some providers refuse reasoning of their own at the end of the input; the finished text alone they take.
    if (this.#bare || this.#finished.length === 0) return undefined;
    this.#bare = true;
    return "the reasoning already finished";
  }
}
