/**
 * Images for models that see none: `vision.model` describes each once, and the text stands where the image was.
 *
 * It works while the client waits for its answer, so that heartbeats go out meanwhile. Its rules: a model that sees, or of
 * which nobody knows whether it does, gets the image itself; no description ever fails a turn.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { asFailure, Failure } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import { showDuration } from "../../base/units.ts";
import type { Route } from "../route/route.ts";
import { describeRequest, readDescription } from "./ask.ts";
import { type Description, Descriptions, digest } from "./descriptions.ts";
import { hasImages, IMAGE_ADAPTATIONS, imagesIn, withTexts } from "./image_parts.ts";

/** Longest wait for one description, its retries included, in milliseconds. */
export const DESCRIBE_TIMEOUT_MS = 90_000;
/** Most images of one request that are described anew; the newest are. */
export const MOST_DESCRIBED = 16;
/** Most descriptions that are asked for at once. */
const AT_ONCE = 4;

/** A request that may hold images. */
export interface Seen {
  readonly body: JsonObject;
  /** Where it goes. */
  readonly route: Route;
  /** Whether its model sees; `undefined` where nobody says. */
  readonly images: boolean | undefined;
  /** What its upstream was found to need, `images` among it where it refused them. */
  readonly adaptations: ReadonlySet<string>;
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
}

/** What {@link Vision} needs. */
interface VisionDeps {
  readonly clock: Clock;
  /** The name of the model and of its upstream, `upstream/model`. */
  readonly model: string;
  /** Asks that upstream. @param route that of the request, whose key serves where the upstream is the same */
  ask(body: JsonObject, route: Route, signal: AbortSignal): Promise<{
    readonly response: Response;
    readonly done: Promise<void>;
  }>;
}

/** Describes the images of a process. */
export class Vision {
  readonly #deps: VisionDeps;
  readonly #known: Descriptions;

  constructor(deps: VisionDeps) {
    this.#deps = deps;
    this.#known = new Descriptions(deps.clock);
  }

  /** The request as its model can read it; the same request where it can already. Rejects only when the client has left. */
  async read({ body, route, images, adaptations, signal }: Seen): Promise<JsonObject> {
    const refused = IMAGE_ADAPTATIONS.some((what) => adaptations.has(what));
    if (!hasImages(body) || (!refused && images !== false)) return body;
    // Once for each: an image may have megabytes
    const keys = new Map(imagesIn(body).map((url) => [url, digest(url)]));
    const fresh = [...keys].filter(([, key]) => !this.#known.of(key)).slice(-MOST_DESCRIBED);
    for (let at = 0; at < fresh.length; at += AT_ONCE) {
      const some = fresh.slice(at, at + AT_ONCE);
      await Promise.all(
        some.map(async ([url, key]) =>
          this.#known.set(key, await this.#describe(url, route, signal))
        ),
      );
    }
    return withTexts(body, (url) => this.#text(url === undefined ? undefined : keys.get(url)));
  }

  #text(key: string | undefined): string {
    const by = this.#deps.model;
    if (key === undefined) {
      return "[An image stood here. It is stored at another provider and cannot be read.]";
    }
    const known = this.#known.of(key);
    if (!known) return `[An image stood here. It was not described: there are too many new ones.]`;
    return "text" in known
      ? `[An image stood here. ${by} describes it:]\n${known.text}\n[End of the image]`
      : `[An image stood here. ${by} could not describe it: ${known.failure}]`;
  }

  async #describe(url: string, route: Route, left: AbortSignal): Promise<Description> {
    const { clock, model, ask } = this.#deps;
    const stop = new AbortController();
    const leave = () => stop.abort(left.reason);
    const late = `no answer within ${showDuration(DESCRIBE_TIMEOUT_MS)}`;
    const cancel = clock.after(
      DESCRIBE_TIMEOUT_MS,
      () => stop.abort(new Failure("no_progress", late)),
    );
    left.addEventListener("abort", leave, { once: true });
    try {
      left.throwIfAborted();
      const name = model.slice(model.indexOf("/") + 1);
      const { response, done } = await ask(describeRequest(name, url), route, stop.signal);
      const found = await readDescription(response);
      await done;
      left.throwIfAborted();
      return stop.signal.aborted ? { failure: late } : found;
    } catch (thrown) {
      left.throwIfAborted();
      return { failure: stop.signal.aborted ? late : asFailure(thrown).fullMessage };
    } finally {
      cancel();
      left.removeEventListener("abort", leave);
    }
  }
}
