/**
 * The lists of models that upstreams sent: asked for when they are needed, kept for some minutes, and the last good one for
 * as long as no newer one comes.
 *
 * A list belongs to an address and a key, because a plan's key sees other models. Nobody waits longer than {@link TIMEOUT}.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import { asFailure, Failure } from "../../base/errors.ts";
import type { ListedModel } from "../../provider/catalog/facts.ts";
import { askModels } from "../../upstream/ask_models.ts";
import type { Client } from "../../upstream/transport/client.ts";
import { KEY_HEADERS, keyOf } from "../route/headers.ts";
import { secretsOf } from "../route/known_secrets.ts";
import type { Target } from "../route/target.ts";

/** Milliseconds for one answer; Codex itself waits five seconds for its list. */
export const TIMEOUT = 3_000;
/** Milliseconds for which a list counts as today's. */
export const FRESH = 5 * 60_000;
/** Milliseconds for which an upstream that sent no list is not asked again. */
export const QUIET = 60_000;
/** Most lists that are kept; the one that was used longest ago goes first. */
export const MAX_LISTS = 64;

interface Kept {
  /** The last good one. */
  models: readonly ListedModel[] | undefined;
  /** Why the last question brought none. */
  failure: Failure | undefined;
  asked: number;
  /** The question that is being asked. */
  asking: Promise<void> | undefined;
}

/** The lists of a process. */
export class ModelLists {
  readonly #net: { readonly client: Client; readonly clock: Clock };
  readonly #lists = new Map<string, Kept>();
  /** The last good list of each target's name, whatever its key: for routing. */
  readonly #named = new Map<string, ReadonlySet<string>>();

  constructor(net: { readonly client: Client; readonly clock: Clock }) {
    this.#net = net;
  }

  /**
   * The list of a target, asked for where none is fresh.
   *
   * @param headers for the upstream, key included
   * @returns the failure where none could ever be had
   */
  async of(target: Target, headers: Headers): Promise<readonly ListedModel[] | Failure> {
    const kept = this.#kept(target, headers);
    const age = this.#net.clock.now() - kept.asked;
    if (kept.asking === undefined && age >= (kept.failure ? QUIET : FRESH)) {
      kept.asking = this.#ask(target, headers, kept).finally(() => kept.asking = undefined);
    }
    await kept.asking;
    return kept.models ?? kept.failure ??
      new Failure("internal", "A list of models was neither had nor refused");
  }

  /** Whether the last good list of a target of that name, whatever its key, has the model. */
  has(name: string, model: string): boolean {
    return this.#named.get(name)?.has(model) ?? false;
  }

  /** What the last good list of a target says of a model; `undefined` where it was never asked for or says nothing. */
  known(target: Target, headers: Headers, model: string): ListedModel | undefined {
    return this.#lists.get(idOf(target, headers))?.models?.find(({ id }) => id === model);
  }

  #kept(target: Target, headers: Headers): Kept {
    const id = idOf(target, headers);
    const kept = this.#lists.get(id) ??
      { models: undefined, failure: undefined, asked: -Infinity, asking: undefined };
    this.#lists.delete(id);
    this.#lists.set(id, kept);
    const [oldest] = this.#lists.keys();
    if (this.#lists.size > MAX_LISTS && oldest !== undefined) this.#lists.delete(oldest);
    return kept;
  }

  async #ask(target: Target, headers: Headers, kept: Kept): Promise<void> {
    const { base, title, name } = target;
    const secrets = secretsOf({ target, headers, query: "" }, undefined);
    try {
      const models = await askModels(
        { base, title, headers: forQuestion(headers), timeout: TIMEOUT, secrets },
        this.#net,
      );
      kept.models = models;
      kept.failure = undefined;
      this.#remember(name, models);
    } catch (error) {
      kept.failure = asFailure(error);
    }
    kept.asked = this.#net.clock.now();
  }

  #remember(name: string, models: readonly ListedModel[]): void {
    this.#named.set(name, new Set(models.map(({ id }) => id)));
    const [oldest] = this.#named.keys();
    if (this.#named.size > MAX_LISTS && oldest !== undefined) this.#named.delete(oldest);
  }
}

function idOf({ base, name }: Target, headers: Headers): string {
  const key = createHash("sha256").update(keyOf(headers) ?? "").digest("base64");
  return `${name}\n${base}\n${key}`;
}

/** The headers of a question: the key, and who asks, because plans refuse clients that they do not know. */
function forQuestion(from: Headers): Headers {
  const headers = new Headers({ accept: "application/json", "accept-encoding": "identity" });
  for (const name of [...KEY_HEADERS, "user-agent", "originator", "anthropic-version"]) {
    const value = from.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}
