/**
 * Helper requests: what Codex asks beside the session's own turns, on models that only OpenAI has (approval reviews, titles,
 * memory). An upstream that does not have such a model is asked for another one instead: `helpers.model`, else the model
 * that the session uses, else the upstream's first.
 *
 * Its rules: an upstream that has the model, and OpenAI itself, is left alone. Where nobody knows whether it has it, and a
 * user may have chosen it, the upstream is asked first; it is remembered when it says no.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { filled, type JsonObject } from "../../base/json.ts";
import type { Config } from "../../config/config.ts";
import type { Observer } from "../../observe/observer.ts";
import type { ListedModel } from "../../provider/catalog/facts.ts";
import { offeredModels } from "../../provider/catalog/rank.ts";
import { isOpenAIModel, saysNoSuchModel } from "../../provider/openai_models.ts";
import type { Address } from "../inbound/address.ts";
import type { Target } from "../route/target.ts";
import { threadIds, Threads } from "./threads.ts";

/** A request that may be a helper's, and where it would go. */
export interface Asked {
  readonly address: Address;
  /** The client's headers. */
  readonly headers: Headers;
  readonly body: JsonObject;
  readonly target: Target;
  /** The headers for the upstream, key included. */
  readonly sent: Headers;
}

/** The lists of models that upstreams sent. */
interface Lists {
  /** Whether the last list of an upstream has a model. */
  has(upstream: string, model: string): boolean;
  /** The list of an upstream, asked for where none is fresh. */
  of(target: Target, headers: Headers): Promise<readonly ListedModel[] | Failure>;
}

/** What a helper request becomes. */
export interface HelperRequest {
  /** What it is for, of a closed list: `guardian`. Absent where the user may have chosen the model, if it is there. */
  readonly kind?: string;
  /** Who answers in place of the model that was asked for; absent where that one is asked. */
  readonly standIn?: StandIn;
}

/** Another model that answers. */
export interface StandIn {
  readonly model: string;
  /** The upstream of config.yaml that has it; absent where it is the target's own. */
  readonly upstream?: string;
  /** Whether it is asked at once, or only where the upstream refuses the model asked for. */
  readonly atOnce: boolean;
  /** It is about to be asked: logged once. */
  asked(): void;
  /** Whether a refusal says that the upstream does not have the model asked for; that is remembered. */
  isDue(failure: Failure): boolean;
}

/** A model, and the upstream that has it where it is not the target's own. */
type Other = Pick<StandIn, "model" | "upstream">;

/** Values of `x-openai-subagent` by which requests are counted; others count as `other` (docs/facts/codex.md §7). */
const KINDS: ReadonlySet<string> = new Set([
  "guardian",
  "compact",
  "memory_consolidation",
  "thread_title",
]);
/** Agents that do a part of the user's work: no helpers, and their model is somebody's choice. */
const WORKERS: ReadonlySet<string> = new Set(["collab_spawn", "review"]);

/** Names of upstream and model that are remembered as not there, or as logged. */
const MOST_KEPT = 1024;

/** The helper requests of a process. */
export class HelperRequests {
  readonly #config: Pick<Config, "helpers" | "upstreams">;
  readonly #observer: Pick<Observer, "notice">;
  readonly #threads = new Threads();
  readonly #lists: Lists;
  /** Models that upstreams said they do not have. */
  readonly #missing = new Set<string>();
  readonly #logged = new Set<string>();

  /** @param listed whether an upstream's own list has a model */
  constructor(
    config: Pick<Config, "helpers" | "upstreams">,
    observer: Pick<Observer, "notice">,
    lists: Lists,
  ) {
    this.#config = config;
    this.#observer = observer;
    this.#lists = lists;
  }

  /** What a request is as a helper's; `undefined` for the session's own, whose model is remembered. */
  async read(asked: Asked): Promise<HelperRequest | undefined> {
    const { headers, body, target } = asked;
    const model = filled(body.model);
    const subagent = headers.get("x-openai-subagent");
    const standIn = model === undefined ? undefined : await this.#standIn(asked, model, subagent);
    if (!standIn && model !== undefined) {
      const ids = threadIds(headers, body);
      // A helper without a parent speaks for itself alone.
      const own = subagent === null ? ids : { ...ids, parent: ids.parent ?? "" };
      this.#threads.record(own, { upstream: target.name, model });
    }
    const named = subagent === null || WORKERS.has(subagent) ? undefined : subagent;
    if (!standIn && named === undefined) return undefined;
    const kind = named === undefined ? "model" : KINDS.has(named) ? named : "other";
    const counts = named !== undefined || standIn?.atOnce;
    return { ...(counts && { kind }), ...(standIn && { standIn }) };
  }

  async #standIn(
    asked: Asked,
    model: string,
    subagent: string | null,
  ): Promise<StandIn | undefined> {
    const { target } = asked;
    const openai = isOpenAIModel(model);
    if (!openai && subagent === null) return undefined;
    const has = this.#has(target, model);
    if (has === true) return undefined;
    const other = this.#other(asked) ?? (openai ? await this.#first(asked) : undefined);
    if (!other || (other.model === model && other.upstream === undefined)) return undefined;
    const isHelper = openai && subagent !== null && !WORKERS.has(subagent);
    return {
      ...other,
      atOnce: has === false || (isHelper && !isOpenAIModel(other.model)),
      asked: () => this.#log(target, model, other),
      isDue: ({ message }) => {
        // The words may name a model: the one asked for, or none.
        const due = saysNoSuchModel(message);
        if (due) keep(this.#missing, keyOf(target, model));
        return due;
      },
    };
  }

  /** Whether a target has a model; `undefined` where nobody knows. */
  #has(target: Target, model: string): boolean | undefined {
    const { profile, name } = target;
    const lists = (ids: readonly string[]) =>
      ids.some((id) => id.toLowerCase() === model.toLowerCase());
    if (profile.openaiModels === "all" || lists(this.#config.upstreams.get(name)?.models ?? [])) {
      return true;
    }
    if (this.#isMissing(target, model)) return false;
    if (this.#lists.has(name, model)) return true;
    if (lists(profile.catalog?.models.map(({ id }) => id) ?? [])) return true;
    return isOpenAIModel(model) && profile.openaiModels === undefined ? false : undefined;
  }

  #isMissing(target: Target, model: string): boolean {
    return this.#missing.has(keyOf(target, model));
  }

  /** Who answers instead. */
  #other({ address, headers, body, target }: Asked): Other | undefined {
    const { helpers, upstreams } = this.#config;
    if (helpers.model !== null) return this.#configured(helpers.model, address, target);
    const session = this.#threads.of(threadIds(headers, body));
    if (session?.upstream === target.name) return { model: session.model };
    // Below /v1 the model decides where a request goes, so that the session may be at another upstream.
    if (session && address.kind === "default" && upstreams.has(session.upstream)) return session;
    const first = upstreams.get(target.name)?.models[0];
    return first === undefined ? undefined : { model: first };
  }

  /** The first model that the upstream offers by its own list, else by its row. */
  async #first({ target, sent }: Asked): Promise<Other | undefined> {
    const listed = await this.#lists.of(target, sent);
    const known = listed instanceof Failure ? undefined : listed;
    const model = offeredModels(target.profile, target.base, known)[0]?.id;
    return model === undefined ? undefined : { model };
  }

  /** `helpers.model`, which may name an upstream before its first slash, or be listed by another one. */
  #configured(written: string, { kind }: Address, { name }: Target) {
    const { upstreams } = this.#config;
    const slash = written.indexOf("/");
    const [before, behind] = [written.slice(0, slash), written.slice(slash + 1)];
    if (slash > 0 && upstreams.has(before)) {
      return { model: behind, ...(before !== name && { upstream: before }) };
    }
    const lists = (upstream: string) => upstreams.get(upstream)?.models.includes(written) ?? false;
    const other = kind === "default" && !lists(name)
      ? [...upstreams.keys()].find(lists)
      : undefined;
    return { model: written, ...(other !== undefined && { upstream: other }) };
  }

  #log(target: Target, model: string, other: Other): void {
    const by = other.upstream === undefined ? other.model : `${other.upstream}/${other.model}`;
    const key = `${keyOf(target, model)}\n${by}`;
    if (this.#logged.has(key)) return;
    keep(this.#logged, key);
    const sentence = `${target.title} does not have the model ${model}, which Codex asks for in ` +
      `helper requests; they are answered by ${by}`;
    this.#observer.notice("info", sentence, { upstream: target.name, asked: model, model: by });
  }
}

function keyOf({ name }: Target, model: string): string {
  return `${name}\n${model.slice(0, 256)}`;
}

function keep(set: Set<string>, key: string): void {
  set.delete(key);
  set.add(key);
  const [oldest] = set;
  if (set.size > MOST_KEPT && oldest !== undefined) set.delete(oldest);
}
