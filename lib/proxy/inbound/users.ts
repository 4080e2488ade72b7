/**
 * The users of a team's gateway: whose token a request carries.
 *
 * Its rule: a token is recognized and taken off at the door. Nothing behind it sees one, so none is forwarded, logged or
 * recorded. What is kept of a token is its hash, and it is looked up by its hash: what the time of that reveals of a hash says
 * nothing of a token.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import type { UserConfig } from "../../config/config.ts";
import { readKey } from "../../config/keys/upstream_keys.ts";
import { TOKEN_HEADER } from "./token.ts";

/** Who asks. */
export interface Caller {
  /** The user's name in the settings; absent for the bearer of `listen.token`. */
  readonly user?: string;
  /** The address of the client, where it is known. */
  readonly client?: string;
}

/** The outside world of {@link Users}. */
interface UsersDeps {
  readonly clock: Pick<Clock, "now">;
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
  /** Is given a sentence for each token that cannot be read, once until it changes. */
  readonly warn: (sentence: string) => void;
  /** `listen.token`; no user may have it. @default there is none */
  readonly operator?: string | null;
}

/** Milliseconds after which tokens are read again: one in a file may be replaced while the sidecar runs. */
export const REREAD_MS = 10_000;

/** Headers in which clients send a secret of theirs; only the first two make a user known. */
const SECRET_HEADERS = [TOKEN_HEADER, "authorization", "api-key", "x-api-key"] as const;
/** A shorter token may be a part of any text. */
const LEAST_SOUGHT = 8;
const KNOWN_BY = SECRET_HEADERS.slice(0, 2);

/** All users of a process. */
export class Users {
  readonly #config: ReadonlyMap<string, UserConfig>;
  readonly #deps: UsersDeps;
  readonly #faults = new Map<string, string>();
  /** Names by the hashes of their tokens. */
  #names: ReadonlyMap<string, string> = new Map();
  #read = -Infinity;

  /** @throws {Failure} `bad_config` where two have the same token: nobody could tell them apart */
  constructor(config: ReadonlyMap<string, UserConfig>, deps: UsersDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#refresh((name, twin) => {
      const who = twin === undefined
        ? `The user ${name} has the same token as listen.token`
        : `The users ${twin} and ${name} have the same token`;
      throw new Failure("bad_config", who, { hint: "Give each user a token of their own" });
    });
  }

  /**
   * The user whose token the headers carry, as `x-sidecar-token` or as `Authorization: Bearer`; every token of a user is
   * removed from them, and so is every other header that holds one.
   *
   * @throws {Failure} `bad_request` where the address holds it too: that goes to the provider
   */
  enter(headers: Headers, url = ""): string | undefined {
    this.#refresh();
    let user: string | undefined;
    for (const name of SECRET_HEADERS) {
      const value = headers.get(name);
      if (value === null) continue;
      const token = value.replace(/^bearer +/i, "");
      const owner = this.#names.get(hashOf(token));
      if (owner === undefined) continue;
      headers.delete(name);
      if (token.length >= LEAST_SOUGHT) takeOff(token, headers, url);
      const scheme = name === "authorization" ? /^bearer /i.test(value) : KNOWN_BY.includes(name);
      if (scheme) user ??= owner;
    }
    return user;
  }

  /** @param refuse is given a user whose token somebody else has. @default the other one keeps it */
  #refresh(refuse?: (name: string, twin: string | undefined) => void): void {
    const { clock, env, operator = null } = this.#deps;
    const now = clock.now();
    if (now - this.#read < REREAD_MS) return;
    this.#read = now;
    const operators = operator === null ? undefined : hashOf(operator);
    const names = new Map<string, string>();
    for (const [name, { token }] of this.#config) {
      const read = readKey(token, env);
      const hash = "key" in read ? hashOf(read.key) : undefined;
      const twin = hash === undefined ? undefined : names.get(hash);
      const taken = hash !== undefined && (twin !== undefined || hash === operators);
      if (taken) refuse?.(name, twin);
      else if (hash !== undefined) names.set(hash, name);
      const fault = taken ? "somebody else has the same token" : "key" in read ? "" : read.fault;
      this.#note(name, fault);
    }
    this.#names = names;
  }

  /** Says what keeps a user out, once until it changes. */
  #note(name: string, fault: string): void {
    if (fault !== "" && this.#faults.get(name) !== fault) {
      this.#deps.warn(`users.${name} cannot come in: ${fault}`);
    }
    this.#faults.set(name, fault);
  }
}

/** Where else in a request a token stands that it came with. */
function takeOff(token: string, headers: Headers, url: string): void {
  for (const [name, value] of [...headers]) if (value.includes(token)) headers.delete(name);
  if (!url.includes(token)) return;
  throw new Failure("bad_request", "The address of the request holds the user's token", {
    hint: "Send it as Authorization: Bearer, or as x-sidecar-token, and nowhere else",
  });
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("base64");
}
