/**
 * Orders of messages, dialects of schemas and sizes of bodies that an upstream refused, as adaptations: what one request was
 * refused for, the later ones go out without.
 *
 * Its rule: an adaptation does to a body on its wire what the fix-up did to the refused one.
 *
 * @module
 */

import type { JsonObject } from "../../base/json.ts";
import { fixUpSize, limitBody } from "./body_limit.ts";
import { applySchemaFixUp, fixUpSchemas } from "../schemas/fix_up.ts";

/** An adaptation as far as this module knows it; `refused/adaptations.ts` has the type. */
interface Remembered {
  readonly what: string;
  readonly how: string;
  readonly scope: "upstream" | "model";
  readonly replaces?: string;
}

/** A body without what it was refused for, and how that is done for others. */
export interface RememberedFixUp {
  readonly what: string;
  readonly body: JsonObject;
  readonly adaptation: Remembered;
}

/** Finds what a refusal demands of the order, and applies one. Each wire has its own. */
export interface Orders {
  fixUp(
    message: string,
    body: JsonObject,
    already: ReadonlySet<string>,
  ): { readonly what: string; readonly body: JsonObject } | undefined;
  /** The body in an order; the same object where it stands in it. */
  apply(body: JsonObject, what: string): JsonObject;
}

const ORDER = "order: ";
const SCHEMAS = "schemas: ";
const SIZE = "bytes: ";
const KINDS = [ORDER, SCHEMAS, SIZE];

/** Whether an adaptation is one of those here. */
export function isRemembered(what: string): boolean {
  return KINDS.some((kind) => what.startsWith(kind));
}

/**
 * Fixes up an order, a size or schemas that were refused.
 *
 * @param message the provider's words, shortened by the caller
 * @param already the adaptations before this one
 */
export function fixUpRemembered(
  message: string,
  body: JsonObject,
  already: ReadonlySet<string>,
  orders: Orders,
): RememberedFixUp | undefined {
  const order = orders.fixUp(message, body, namesOf(already, ORDER));
  if (order) return fixUp(ORDER, order);
  const size = fixUpSize(message, body);
  if (size) return bounded(size);
  const schemas = fixUpSchemas(message, body, namesOf(already, SCHEMAS));
  return schemas && fixUp(SCHEMAS, schemas);
}

/** The body as earlier ones were fixed up. What an adaptation has nothing to do with is the same object. */
export function applyRemembered(
  body: JsonObject,
  whats: Iterable<string>,
  orders: Orders,
): { readonly body: JsonObject; readonly leftOut: readonly string[] } {
  let result = body;
  let max: number | undefined;
  for (const what of whats) {
    if (what.startsWith(ORDER)) result = orders.apply(result, what.slice(ORDER.length));
    if (what.startsWith(SCHEMAS)) result = applySchemaFixUp(result, what.slice(SCHEMAS.length));
    if (what.startsWith(SIZE)) max = Math.min(max ?? Infinity, Number(what.slice(SIZE.length)));
  }
  return limitBody(result, max);
}

/** The orders of a wire whose translator keeps the only one that there is. */
export const NO_ORDERS: Orders = { fixUp: () => undefined, apply: (body) => body };

function fixUp(
  kind: string,
  { what, body }: { readonly what: string; readonly body: JsonObject },
): RememberedFixUp {
  return { what, body, adaptation: { what: kind + what, how: `without ${what}`, scope: "model" } };
}

/** The body went up too large: later ones go out no larger than what is known to fit. */
function bounded(
  { what, body, max }: { readonly what: string; readonly body: JsonObject; readonly max: number },
): RememberedFixUp {
  const adaptation = {
    what: `${SIZE}${max}`,
    how: `without ${what}`,
    scope: "upstream",
    replaces: SIZE,
  } as const;
  return { what, body, adaptation };
}

function namesOf(whats: ReadonlySet<string>, kind: string): ReadonlySet<string> {
  return new Set([...whats].map((what) => what.startsWith(kind) ? what.slice(kind.length) : what));
}
