/**
 * The request of one exchange as it changes between attempts: it is continued after what the client already has, and
 * fixed up after a refusal of one of its parts. The client's own request object is never changed.
 *
 * @module
 */

import type { Failure } from "../../base/errors.ts";
import { filled, type JsonObject } from "../../base/json.ts";
import { complainsOfAssistantLast } from "../../provider/errors/assistant_last.ts";
import {
  endsWithAssistant,
  goOn,
  inputItems,
  isReasoning,
  saysNothing,
} from "../../translate/items/input_items.ts";
import { withoutStatus } from "../../translate/status_mark.ts";
import type { CallStandIn } from "../call.ts";
import { Fixes } from "./fixes.ts";
import type { Learned } from "../route/learned/learned.ts";
import {
  ABOUT_THE_ACCOUNT,
  ABOUT_THE_REQUEST,
  isFailedOnRequest,
  isRefusal,
} from "../route/learned/fixable.ts";
import { isNotThere, mayHaveChat, onChat } from "../route/other_wire.ts";
import type { Route } from "../route/route.ts";
import { IMAGE_ADAPTATIONS } from "../vision/image_parts.ts";

/** Requests of one exchange up to which each refusal may name another thing, whatever `retry.attempts` says. */
export const MOST_FIXED = 6;
/** What a fix-up did, as {@link RequestSoFar.fixUp} names it. */
const ASKING = "with a message that asks to go on";

/** An attempt that was refused. */
interface Sent {
  readonly route: Route;
  /** The body as it went up, on the route's wire. */
  readonly body: JsonObject;
  /** Whether the beginning of the answer went up with it. */
  readonly continues: boolean;
  /** Whether it is nothing without its images. */
  readonly sees?: boolean;
}

/** What to send next. */
export class RequestSoFar {
  #original: JsonObject;
  /** The model that the client named. */
  readonly #model: string | undefined;
  readonly #learned: Learned;
  readonly #standIn: CallStandIn | undefined;
  /** Whether {@link CallStandIn} answers. */
  #replaced = false;
  #finished: readonly JsonObject[] = [];
  #unfinished: string | undefined;
  /** Whether finished reasoning stays out of a continuation. */
  #bare = false;
  /** Whether the provider refused the client's own input because it ends with a message of the assistant. */
  #clientEndRefused = false;
  readonly #fixes: Fixes;
  /** Whether it went up once more because its answer had a flaw. */
  #askedAgain = false;
  /** Whether the upstream is asked on the other wire, since it seems not to have this one. */
  #onChat = false;

  constructor(original: JsonObject, learned: Learned, standIn?: CallStandIn) {
    this.#original = withoutStatus(original);
    this.#model = filled(original.model);
    this.#learned = learned;
    this.#fixes = new Fixes(learned);
    this.#standIn = standIn;
  }

  /** Whether another model answers in place of the one that was asked for. */
  get replaced(): boolean {
    return this.#replaced;
  }

  /** The body to send instead of the encoded one, on the route's wire; `undefined` where nothing was fixed up. */
  get fixed(): JsonObject | undefined {
    return this.#fixes.body;
  }

  /** The request on Codex's wire, for one route. */
  body(route: Route): JsonObject {
    const items = this.#items();
    const asks = this.prefix(route) === undefined &&
      this.#learned.refuses(route.target.name, "assistant last") &&
      items.at(-1)?.type !== "web_search_call"; // the output of a search goes up in its place
    // A model cannot be asked to go on after reasoning alone.
    const added = !asks ? items : items.every(isReasoning) ? [] : [...items, goOn()];
    if (added.length === 0 && !this.#clientEndRefused) return this.#original;
    const before = [...inputItems(this.#original), ...(this.#clientEndRefused ? [goOn()] : [])];
    return { ...this.#original, input: [...before, ...added] };
  }

  /** The beginning of the message that the answer is to go on in, where the provider can do that. */
  prefix({ adapter, target: { name, profile, base } }: Route): string | undefined {
    const able = this.#unfinished !== undefined && !this.#learned.refuses(name, "prefix") &&
      adapter.continues(this.#original, { profile, base });
    return able ? this.#unfinished : undefined;
  }

  /**
   * From now on the model must continue after what the client has.
   * @param finished items that stand at the end of the input
   * @param unfinished what was shown of the message behind them
   */
  continueAfter(
    finished: readonly JsonObject[],
    unfinished: string | undefined,
    route: Route,
  ): void {
    const before = this.prefix(route);
    this.#unfinished = unfinished;
    if (finished.length === this.#finished.length && this.prefix(route) === before) return;
    this.#finished = [...finished];
    this.#fixes.renew();
  }

  /** Whether the same request may go up once more for a better answer: that is so once. */
  askAgain(): boolean {
    const first = !this.#askedAgain;
    this.#askedAgain = true;
    return first;
  }

  /**
   * Whether the refusal may be about what was added here, so that it is no answer to what the client asked. Call it
   * before {@link fixUp}, which changes what is added.
   */
  mayBeAboutAddition(failure: Failure, { continues, route: { target } }: Sent): boolean {
    if (this.#onChat && target.wire === "chat" && isNotThere(failure)) return true;
    const { code, facts } = failure;
    return code === "refused" && !ABOUT_THE_ACCOUNT.has(facts.upstreamStatus) &&
      (continues || this.#clientEndRefused || this.#items().length > 0);
  }

  /**
   * Changes what a refusal complains about, each thing once.
   *
   * @returns what will be different, as the end of a log line; `undefined` where nothing helps
   */
  fixUp(failure: Failure, sent: Sent): string | undefined {
    if (!this.#replaced && this.#standIn?.takesOver(failure)) return this.#replace(this.#standIn);
    const { route: { adapter, target } } = sent;
    const refused = isRefusal(failure);
    const kept = sent.sees ? IMAGE_ADAPTATIONS : [];
    const already = new Set([...this.#fixes.already(target.name, this.#original), ...kept]);
    const fixed = failure.code === "context_overflow"
      ? adapter.fitOutput?.(sent.body, failure.message)
      : (refused || isFailedOnRequest(failure)) &&
        adapter.fixUp(sent.body, failure.message, already, target.profile);
    if (fixed) return this.#fixes.take(fixed, sent.body, this.#original);
    if (!this.#onChat && mayHaveChat(failure, sent.route)) {
      this.#onChat = true;
      return "as wire: chat";
    }
    const last = ABOUT_THE_REQUEST.has(failure.code) && complainsOfAssistantLast(failure.message);
    if (sent.continues && (refused || last)) {
      this.#learn(target.name, "prefix");
      return "without the beginning of the answer";
    }
    if (this.#items().length === 0) {
      return last ? this.#askAfterClient(target.name) : undefined;
    }
    // Some providers refuse reasoning of their own at the end of the input; the finished text alone they take.
    if (refused && !last && !this.#bare && this.#finished.some(isReasoning)) {
      this.#bare = true;
      return "without the reasoning already finished";
    }
    if (!(refused || last) || this.#learned.refuses(target.name, "assistant last")) {
      return undefined;
    }
    this.#learn(target.name, "assistant last");
    return ASKING;
  }

  /** A client that lost its answer and asked again by itself sends what it had: an input that ends with the assistant. */
  #askAfterClient(upstream: string): string | undefined {
    if (this.#clientEndRefused || !endsWithAssistant(inputItems(this.#original))) return undefined;
    this.#clientEndRefused = true;
    this.#learn(upstream, "assistant last");
    return ASKING;
  }

  /** What the request is adapted by: as others to this upstream were, and as its own refusals asked for. */
  adaptations({ target }: Route): ReadonlySet<string> {
    return this.#fixes.adaptations(target.name, this.#original);
  }

  /** Where the next attempt goes, given the route that the client asked for. */
  route(first: Route): Route {
    const asked = this.#replaced ? this.#standIn?.route ?? first : first;
    const chat = this.#onChat || this.#learned.refuses(asked.target.name, "responses wire");
    return chat ? onChat(asked) : asked;
  }

  /** Changes what the client asked, such as images into words. */
  async rewrite(change: (original: JsonObject) => Promise<JsonObject>): Promise<void> {
    const before = this.#original;
    this.#original = await change(before);
    if (this.#original !== before) this.#fixes.renew();
  }

  /** There is an answer to the request as it is now. @returns what was learned from that, in sentences, each once */
  taken(route: Route): string[] {
    return this.#fixes.taken(this.#original, this.#onChat, route);
  }

  #replace({ model }: CallStandIn): string {
    this.#replaced = true;
    this.#ask(model);
    return `as a request for ${model}`;
  }

  /**
   * From now on another upstream is asked: what the last one refused counts no more.
   *
   * @param model that it is asked for. @default the one that the client named
   */
  moveTo(model = this.#model): void {
    this.#onChat = this.#bare = false;
    this.#fixes.forget();
    this.#ask(model);
  }

  #ask(model: string | undefined): void {
    if (model !== undefined) this.#original = { ...this.#original, model };
    this.#fixes.renew();
  }

  #learn(upstream: string, what: "assistant last" | "prefix"): void {
    this.#learned.record(upstream, what);
    this.#fixes.renew();
  }

  /** The finished items that go up. */
  #items(): readonly JsonObject[] {
    return this.#finished.filter((item) =>
      !saysNothing(item) && (!this.#bare || !isReasoning(item))
    );
  }
}
