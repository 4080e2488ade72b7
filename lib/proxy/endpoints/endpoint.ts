/**
 * An endpoint: a path below a base that the sidecar answers itself, where Codex asks a provider for what only OpenAI has.
 *
 * @module
 */

import type { Clock, Random } from "../../base/clock.ts";
import type { Config } from "../../config/config.ts";
import type { Observer } from "../../observe/observer.ts";
import type { Net } from "../../upstream/attempt_call.ts";
import type { Address } from "../inbound/address.ts";
import type { ReadInjected } from "../injection/injection.ts";
import type { Router } from "../route/router.ts";
import type { ModelLists } from "./model_lists.ts";

/** The parts of an app that an endpoint may use. */
export interface EndpointDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: Observer;
  readonly net: Net;
  readonly router: Router;
  readonly lists: ModelLists;
  /** Upstreams whose keys are injected. @default none */
  readonly injected?: ReadInjected | undefined;
}

/**
 * Answers one request.
 *
 * @returns `undefined` where the request is passed through instead
 * @throws {Failure} where it cannot be answered
 */
export type Endpoint = (
  request: Request,
  address: Address,
  deps: EndpointDeps,
) => Promise<Response | undefined>;
