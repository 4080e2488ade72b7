/**
 * Requests that a provider refused for a tool's schema: the schemas without what the refusal names, sent again.
 *
 * @module
 */

import type { JsonObject } from "../../base/json.ts";
import { schemaRefusals, schemaRulesFor } from "../../provider/schema_rules.ts";
import { adaptToolSchemas } from "./schemas.ts";

/**
 * Takes out of the tools' schemas what a refusal complains about; where that is done already, all but what every server
 * takes.
 *
 * @param message the provider's words, shortened by the caller
 * @param body the request that was refused, on either wire
 * @param already what was changed before in this exchange
 * @returns `undefined` where it is not about schemas, or they hold nothing of the kind
 */
export function fixUpSchemas(
  message: string,
  body: JsonObject,
  already: ReadonlySet<string>,
): { readonly what: string; readonly body: JsonObject } | undefined {
  if (!Array.isArray(body.tools)) return undefined;
  for (const what of schemaRefusals(message)) {
    if (already.has(what)) continue;
    const changed = applySchemaFixUp(body, what);
    if (changed !== body) return { what, body: changed };
  }
  return undefined;
}

/** Takes out of the schemas what those of another request were refused for; the same body where they hold none of it. */
export function applySchemaFixUp(body: JsonObject, what: string): JsonObject {
  const rules = schemaRulesFor(what);
  return rules === undefined ? body : adaptToolSchemas(body, rules);
}
