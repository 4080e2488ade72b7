/**
 * Reads what another replica tells of a lane.
 *
 * Its rule: what is not in a form that is known here is nothing; a time is never longer than a month.
 *
 * @module
 */

import { isObject, type Json } from "../../base/json.ts";
import type { LaneNews } from "../store.ts";

/** The longest time that is believed: plans renew within a month. */
const LONGEST_MS = 31 * 24 * 60 * 60_000;

/** The news; `undefined` where it is none. */
export function newsOf(told: Json | undefined): LaneNews | undefined {
  if (!isObject(told)) return undefined;
  const { is, ms, next } = told;
  switch (is) {
    case "open":
      return isTime(ms) && isTime(next) ? { is, ms, next } : undefined;
    case "paused":
      return isTime(ms) ? { is, ms } : undefined;
    case "closed":
    case "probing":
    case "left":
      return { is };
    default:
      return undefined;
  }
}

function isTime(value: Json | undefined): value is number {
  return typeof value === "number" && value >= 0 && value <= LONGEST_MS;
}
