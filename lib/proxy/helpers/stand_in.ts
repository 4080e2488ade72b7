/**
 * Puts another model in the place of the one that a helper request asks for: at once, or where the upstream refuses it.
 *
 * @module
 */

import type { JsonObject } from "../../base/json.ts";
import type { CallStandIn } from "../call.ts";
import type { Route } from "../route/route.ts";
import type { HelperRequest, StandIn } from "./helper_requests.ts";

/** A request whose destination `A` is known. */
interface Aimed<A> {
  readonly aim: A;
  readonly json: JsonObject;
  readonly helper: HelperRequest | undefined;
}

/** The same, ready to go. */
export interface Served<A> extends Aimed<A> {
  /** Who answers where the upstream does not have the model; absent where nobody does. */
  readonly later?: Later<A>;
}

interface Later<A> {
  readonly standIn: StandIn;
  aim(): A;
}

/**
 * Sends a helper request to the model that stands in.
 *
 * @param there the destination at another upstream of config.yaml
 * @throws Failure `bad_config` where that upstream cannot be reached
 */
export function servedBy<A>(asked: Aimed<A>, there: (upstream: string) => A): Served<A> {
  const standIn = asked.helper?.standIn;
  if (!standIn) return asked;
  const aim = () => standIn.upstream === undefined ? asked.aim : there(standIn.upstream);
  if (!standIn.atOnce) return { ...asked, later: { standIn, aim } };
  standIn.asked();
  return { ...asked, aim: aim(), json: { ...asked.json, model: standIn.model } };
}

/** Who answers later, as an exchange takes it. @param route the route to a destination */
export function callStandIn<A>(
  { standIn, aim }: Later<A>,
  route: (aim: A) => Route,
): CallStandIn {
  let made: Route | undefined;
  return {
    model: standIn.model,
    get route() {
      return made ??= route(aim());
    },
    takesOver(failure) {
      const due = standIn.isDue(failure);
      if (due) standIn.asked();
      return due;
    },
  };
}
