/**
 * What is said of a model that the provider does not have: its successor where the row knows one, and what there is.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { filled, type JsonObject } from "../../base/json.ts";
import { offeredModels } from "../../provider/catalog/rank.ts";
import { retiredModel, retiredSentence } from "../../provider/catalog/retired.ts";
import { saysNoSuchModel } from "../../provider/openai_models.ts";
import type { Aim } from "../route/aim.ts";
import type { ModelLists } from "./model_lists.ts";

/** Most models that a sentence names. */
const NAMED = 8;

/**
 * The failure with what helps, where it says that there is no such model; the same failure otherwise.
 *
 * The list is the cached one, or asked for once.
 *
 * @param asked where the request went, and what it was
 */
export async function explainNoSuchModel(
  failure: Failure,
  { target, headers, body }: Aim & { readonly body: JsonObject },
  lists: ModelLists,
): Promise<Failure> {
  const model = filled(body.model);
  const { code, message, facts } = failure;
  if (code !== "refused" || model === undefined || !saysNoSuchModel(message)) return failure;
  const { profile, base, title } = target;
  const listed = await lists.of(target, headers);
  const offered = listed instanceof Failure ? undefined : listed;
  if (offered?.some(({ id }) => id === model)) return failure;
  const retired = retiredModel(profile, base, model);
  const names = offeredModels(profile, base, offered).map(({ id }) => id);
  const more = names.length > NAMED ? `, and ${names.length - NAMED} more` : "";
  const list = names.slice(0, NAMED).join(", ") + more;
  const hints = [
    facts.hint,
    retired && retiredSentence(profile, model, retired),
    list === ""
      ? undefined
      : `${title} ${offered ? "offers" : "had, by this sidecar's own list,"} ${list}`,
  ].filter((hint) => hint !== undefined);
  return hints.length === 0
    ? failure
    : new Failure(code, message, { ...facts, hint: hints.join(". ") });
}
