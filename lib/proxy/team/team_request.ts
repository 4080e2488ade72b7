/**
 * One request of a team's gateway: what is checked before its body is read, when its model is known, and in its answer.
 *
 * Its rule: a user with a list of models reaches nothing whose model cannot be checked.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { filled, isObject, type JsonObject, parseJson } from "../../base/json.ts";
import type { Config } from "../../config/config.ts";
import type { Observer } from "../../observe/observer.ts";
import type { Address } from "../inbound/address.ts";
import type { Allowance } from "../inbound/allowance.ts";
import { readObject } from "../inbound/body.ts";
import { comparablePath } from "../inbound/media_type.ts";
import type { Caller } from "../inbound/users.ts";
import type { Served } from "../helpers/stand_in.ts";
import type { Aim } from "../route/aim.ts";
import { modelsBeside, namesModelInBody } from "./named_models.ts";
import { PassedUsage } from "./passed_usage.ts";
import type { Target } from "../route/target.ts";

/** Paths below a base that cost nothing and name no model, where they are only read. */
const LISTS = /^models(?:\/|$)/;
/** Paths whose answers cost tokens, whether or not the provider says how many; an unknown one that ends like them too. */
const GENERATES =
  /(?:^|\/)(?:completions|messages|responses|compact|embeddings|rerank|[^/]{1,256}:(?:stream)?generatecontent)$/;
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
    if (user === undefined || isList(method, rest)) return;
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
    this.#checkBeside(json, aim.target);
    if (helper?.standIn?.atOnce && operators) return served;
    const refusal = this.#refusal(filled(json.model), aim.target);
    if (!refusal && !later) return served;
    if (!later) throw refusal;
    const { standIn } = later;
    const { later: _, ...rest } = served;
    const instead = later.aim();
    const stands = operators || !this.#refusal(standIn.model, instead.target);
    if (!refusal) return stands ? served : rest;
    if (!stands) throw refusal;
    standIn.asked();
    return { ...rest, aim: instead, json: { ...json, model: standIn.model } };
  }

  /** Whether the user may be answered by a model of an upstream, such as a fallback. */
  allows(model: string, target: Target): boolean {
    return this.#refusal(model, target) === undefined;
  }

  /**
   * Checks a request that is passed through.
   *
   * @returns the bytes to send: of a user with a list what was checked, written anew, because a provider may read another of two
   * fields of one name
   * @throws {Failure} `model_not_allowed`
   */
  passed(
    method: string,
    { rest }: Address,
    bytes: Uint8Array<ArrayBuffer>,
    target: Target,
  ): Uint8Array<ArrayBuffer> {
    const { user } = this.caller;
    if (user === undefined || this.#allowance.models(user).length === 0) return bytes;
    if (isList(method, rest)) return bytes;
    const json = namesModelInBody(rest) && method === "POST" ? objectIn(bytes) : undefined;
    if (json) this.#checkBeside(json, target);
    const model = filled(json?.model);
    const refusal = json && model === undefined && WITHOUT_MODEL.has(rest)
      ? undefined
      : this.#refusal(model, target);
    if (refusal || !json) throw refusal;
    return new TextEncoder().encode(JSON.stringify(json));
  }

  /** Counts what the answer to a request costs that is passed through. @param sent its body */
  meter(method: string, rest: string, sent: Uint8Array): PassedUsage | undefined {
    if (this.caller.user === undefined) return undefined;
    const generates = GENERATES.test(comparablePath(rest)) && method === "POST";
    return new PassedUsage(sent, generates);
  }

  /** The answer to a request that was passed through: a list is filtered. */
  async passedOn(response: Response, method: string, rest: string): Promise<Response> {
    return LISTS.test(rest) && method === "GET" ? await this.catalog(response) : response;
  }

  /** An observer whose records say who asked. */
  marked(observer: Observer): Observer {
    return {
      ...observer,
      finished: (record) => observer.finished({ ...record, ...this.caller }),
    };
  }

  /** @throws {Failure} `model_not_allowed` */
  #checkBeside(json: JsonObject, target: Target): void {
    for (const model of modelsBeside(json)) {
      const refusal = this.#refusal(model, target);
      if (refusal) throw refusal;
    }
  }

  /** A model may be written by its name at its upstream, and behind that one's name. */
  #refusal(model: string | undefined, { name }: Target): Failure | undefined {
    const { user } = this.caller;
    if (user === undefined) return undefined;
    return this.#allowance.refusal(user, model === undefined ? [] : [model, `${name}/${model}`]);
  }
}

function isList(method: string, rest: string): boolean {
  return LISTS.test(rest) && (method === "GET" || method === "HEAD");
}

function objectIn(bytes: Uint8Array): JsonObject | undefined {
  try {
    return readObject(bytes);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
