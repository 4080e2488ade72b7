/**
 * One request of a team's gateway: what is checked before its body is read, when its model is known, and in its answer.
 *
 * Its rule: a user with a list of models reaches nothing whose model cannot be checked.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { filled, isObject, parseJson } from "../../base/json.ts";
import type { Config } from "../../config/config.ts";
import type { Observer } from "../../observe/observer.ts";
import type { Address } from "../inbound/address.ts";
import type { Allowance } from "../inbound/allowance.ts";
import { readObject } from "../inbound/body.ts";
import type { Caller } from "../inbound/users.ts";
import type { Served } from "../helpers/stand_in.ts";
import type { Aim } from "../route/aim.ts";
import { counted, PassedUsage } from "./passed_usage.ts";
import type { Target } from "../route/target.ts";

/** Paths below a base that cost nothing and name no model. */
const LISTS = /^models(?:\/|$)/;
/** Paths whose answers cost tokens, whether or not the provider says how many. */
const GENERATES = /(?:^|\/)(?:completions|messages|responses)$/;
/** Paths whose request may leave its model out. */
const WITHOUT_MODEL: ReadonlySet<string> = new Set(["alpha/search"]);

/** A request of a user, or of the operator, whom nothing limits. */
export class TeamRequest {
  readonly #allowance: Allowance;
  readonly #helper: string | null;

  constructor(
    readonly caller: Caller,
    allowance: Allowance,
    { helpers }: Pick<Config, "helpers">,
  ) {
    this.#allowance = allowance;
    this.#helper = helpers.model;
  }

  /** Counts a request that may cost something. @throws {Failure} `too_many_requests`, `budget_spent` */
  async admit(method: string, { rest }: Address): Promise<void> {
    const { user } = this.caller;
    if (user === undefined || isQuestion(method) || LISTS.test(rest)) return;
    await this.#allowance.request(user);
  }

  /** A list of models, Codex's catalog or OpenAI's form, without those that the user may not ask. */
  async catalog(response: Response): Promise<Response> {
    const { user } = this.caller;
    const allowed = user === undefined ? [] : this.#allowance.models(user);
    if (allowed.length === 0 || response.headers.has("content-encoding")) return response;
    const text = await response.text();
    const json = parseJson(text);
    const { status } = response;
    const headers = { "content-type": "application/json", "cache-control": "no-store" };
    const field = isObject(json) && Array.isArray(json.models) ? "models" : "data";
    const list = isObject(json) ? json[field] : undefined;
    if (!isObject(json) || !Array.isArray(list)) return new Response(text, { status, headers });
    // A list may name a model alone, or behind its upstream
    const lower = allowed.flatMap((name) => [name, name.slice(name.indexOf("/") + 1)])
      .map((name) => name.toLowerCase());
    const kept = list.filter((one) => {
      const name = isObject(one) ? filled(one.slug) ?? filled(one.id) : undefined;
      return name !== undefined && lower.includes(name.toLowerCase());
    });
    return new Response(JSON.stringify({ ...json, [field]: kept }), { status, headers });
  }

  /**
   * An exchange whose model the user may ask: the same one, or a helper request that its stand-in answers at once.
   * `helpers.model` serves every user.
   *
   * @throws {Failure} `model_not_allowed`
   */
  served(served: Served<Aim>): Served<Aim> {
    const { later, helper, json, aim } = served;
    const operators = this.#helper !== null;
    if (helper?.standIn?.atOnce && operators) return served;
    const refusal = this.#refusal(filled(json.model), aim.target);
    if (!refusal) return served;
    if (!later) throw refusal;
    const { standIn } = later;
    const instead = later.aim();
    if (!operators && this.#refusal(standIn.model, instead.target)) throw refusal;
    standIn.asked();
    const { later: _, ...rest } = served;
    return { ...rest, aim: instead, json: { ...json, model: standIn.model } };
  }

  /** Checks a request that is passed through. @throws {Failure} `model_not_allowed` */
  passed(method: string, { rest }: Address, bytes: Uint8Array, target: Target): void {
    const { user } = this.caller;
    if (user === undefined || this.#allowance.models(user).length === 0) return;
    if (LISTS.test(rest) && isQuestion(method)) return;
    const model = modelIn(bytes);
    if (model === undefined && WITHOUT_MODEL.has(rest)) return;
    const refusal = this.#refusal(model, target);
    if (refusal) throw refusal;
  }

  /** The answer to a request that was passed through: a list is filtered, tokens are counted while they pass. */
  async passedOn(
    response: Response,
    { method, rest, sent }: {
      readonly method: string;
      readonly rest: string;
      readonly sent: number;
    },
  ): Promise<Response> {
    const { user } = this.caller;
    if (LISTS.test(rest) && method === "GET") return await this.catalog(response);
    const { body, status, headers } = response;
    if (user === undefined || !body || !response.ok || !this.#allowance.counts(user)) {
      return response;
    }
    const usage = new PassedUsage(sent, GENERATES.test(rest) && method === "POST");
    const charge = (tokens: number) => void this.#allowance.spent(user, tokens);
    return new Response(counted(body, usage, charge), { status, headers });
  }

  /** An observer whose records say who asked. */
  marked(observer: Observer): Observer {
    return {
      ...observer,
      finished: (record) => observer.finished({ ...record, ...this.caller }),
    };
  }

  /** A model may be written by its name at its upstream, and behind that one's name. */
  #refusal(model: string | undefined, { name }: Target): Failure | undefined {
    const { user } = this.caller;
    if (user === undefined) return undefined;
    return this.#allowance.refusal(user, model === undefined ? [] : [model, `${name}/${model}`]);
  }
}

function isQuestion(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

function modelIn(bytes: Uint8Array): string | undefined {
  try {
    return filled(readObject(bytes).model);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
