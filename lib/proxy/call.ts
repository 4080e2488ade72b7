/**
 * The input of one exchange, and its result.
 *
 * @module
 */

import type { Random } from "../base/clock.ts";
import { Failure } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { WaitLanguage } from "../base/wait/words.ts";
import type { Config } from "../config/config.ts";
import type { Observer } from "../observe/observer.ts";
import type { Net } from "../upstream/attempt_call.ts";
import type { CodexTraits } from "./codex_version.ts";
import type { Supply } from "./failover/supply.ts";
import type { Caller } from "./inbound/users.ts";
import type { LeftOutNotes } from "./attempt/left_out_notes.ts";
import type { Learned } from "./route/learned/learned.ts";
import type { Route } from "./route/route.ts";
import type { WebSearch } from "./search/search.ts";
import type { StatusForm } from "./status/status_client.ts";
import type { Vision } from "./vision/vision.ts";

/** One request of a client, ready to go. */
export interface Call {
  readonly id: string;
  /** Where its attempts may go at the upstream that was asked for; at least one. */
  readonly routes: readonly [Route, ...Route[]];
  /** Who answers each attempt, fallbacks included. @default the first of {@link routes} */
  readonly supply?: Supply;
  /** The request as Codex sent it. */
  readonly body: JsonObject;
  /** The query of the client's address, with its question mark; empty where there was none. */
  readonly query: string;
  /** Whether the client is Codex, which reads refusals in its own way. */
  readonly codex: boolean;
  /** How the version of Codex that asks reads endings; of no meaning for another client. @default the newest one */
  readonly traits?: CodexTraits;
  /** How the client is shown what it waits for. @default it is shown nothing */
  readonly status?: StatusForm | undefined;
  /** Whether the client waits for one JSON object instead of a stream. @default false */
  readonly complete?: boolean;
  /** What kind of helper request it is, of a closed list; absent for the session's own. */
  readonly helper?: string;
  /** Who asks, where there are users. @default nobody is known */
  readonly caller?: Caller;
  /** Whether an image is what the request is about: it goes up whatever is known of the model. @default false */
  readonly sees?: boolean;
  /** Who answers instead where the upstream does not have the model. */
  readonly standIn?: CallStandIn;
  /** Says more of the failure that the client will read. @default it is told as it is */
  readonly explain?: (failure: Failure) => Promise<Failure>;
  /** Aborts when the client has left or the sidecar stops; its reason may be a Failure. */
  readonly signal: AbortSignal;
  /** Aborts {@link signal}. @default nothing does, and the exchange has a signal of its own, which follows it */
  readonly abort?: (reason: Failure) => void;
}

/** Another model, on the same upstream or another one. */
export interface CallStandIn {
  readonly route: Route;
  readonly model: string;
  /** Whether the failure means that it is to answer; then it is asked. */
  takesOver(failure: Failure): boolean;
}

/** The configuration and the outside world that all exchanges of a process share. */
export interface ExchangeDeps {
  readonly config: Pick<Config, "heartbeat" | "headGrace" | "limits" | "status">;
  readonly net: Net;
  readonly random: Random;
  readonly observer: Observer;
  /** Logs what of a request does not reach the model. @default it is not logged */
  readonly leftOut?: LeftOutNotes;
  readonly learned: Learned;
  /** Carries out hosted searches. @default they are left to the provider */
  readonly search?: WebSearch;
  /** The language of what is told to a person who waits. @default "en" */
  readonly language?: WaitLanguage;
  /** Whether a model sees images, by what is known of it; `undefined` where nobody says. @default the same by its row */
  readonly sees?: (route: Route, model: string) => boolean | undefined;
  /** Describes images for models that see none. @default a text says that an image was left out */
  readonly vision?: Pick<Vision, "read">;
}

/** The answer to the client; `done` resolves when its exchange is over. */
export interface Exchanged {
  readonly response: Response;
  readonly done: Promise<void>;
}

/** The reason of an aborted signal as a failure; one that is none means that the client left. */
export function abortReason({ reason }: AbortSignal): Failure {
  return reason instanceof Failure ? reason : clientLeft();
}

/** Aborts what the controller controls as soon as the signal aborts, with its reason as a failure. */
export function abortWith(signal: AbortSignal, controller: AbortController): void {
  const leave = () => controller.abort(abortReason(signal));
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
}

/** What ends an exchange, from inside and outside. */
export interface Leave {
  readonly signal: AbortSignal;
  abort(reason: Failure): void;
}

/** What ends the exchange of a call. */
export function leaveOf({ signal, abort }: Pick<Call, "signal" | "abort">): Leave {
  if (abort) return { signal, abort };
  const own = new AbortController();
  abortWith(signal, own);
  return own;
}

/** The failure of an exchange whose client has left. */
export function clientLeft(): Failure {
  return new Failure("client_gone", "The client left");
}
