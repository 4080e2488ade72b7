/**
 * Where a request goes whose client may use several injected upstreams: the model decides.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { type ListedModel, rowOf } from "../../provider/catalog/facts.ts";
import { profileFor } from "../../provider/profiles.ts";
import type { Target } from "../route/target.ts";
import { type Aim, aim } from "../route/aim.ts";
import { type AddressedRequest, type InjectedUpstream, requestTo } from "./injection.ts";

/** Where a request goes, and the model's name there. */
interface ModelRequest extends AddressedRequest {
  readonly model: string;
}

/** What is needed to ask one of them for its list. */
type InjectionDeps = Parameters<typeof aim>[2] & {
  readonly lists: {
    of(target: Target, headers: Headers): Promise<readonly ListedModel[] | Failure>;
  };
};

/**
 * Where the requests of a model go: to the client's own upstream where that has it; to the first that names or lists it; to
 * `name/model`; to one whose provider is known to have it; else to the client's own.
 *
 * @param upstreams not empty, the client's own first
 */
export async function requestOfModel(
  model: string,
  request: AddressedRequest,
  upstreams: readonly InjectedUpstream[],
  deps: InjectionDeps,
): Promise<ModelRequest> {
  const [own, ...others] = upstreams;
  const { address, asked } = request;
  const stays = { ...request, model };
  const to = (one: InjectedUpstream, name = model) =>
    one === own ? { ...stays, model: name } : { ...requestTo(one, address, asked), model: name };
  if (!own || own.models.includes(model)) return stays;
  const lists = async (one: InjectedUpstream) =>
    (await listAt(one, asked, deps)).some(({ id }) => id === model);
  if (await lists(own)) return stays;
  const named = others.find(({ models }) => models.includes(model));
  if (named) return to(named);
  const listed = await Promise.all(others.map(lists));
  const found = others.find((_, at) => listed[at]);
  if (found) return to(found);
  const prefixed = upstreams.find(({ name }) => model.startsWith(`${name}/`));
  if (prefixed) return to(prefixed, model.slice(prefixed.name.length + 1));
  const known = upstreams.find(({ baseUrl }) =>
    rowOf(profileFor(new URL(baseUrl)), model) !== undefined
  );
  return known ? to(known) : stays;
}

/** Where one of them is asked for its list. @throws {Failure} as {@link aim} does */
export function listAim(
  one: InjectedUpstream,
  from: Headers,
  deps: Parameters<typeof aim>[2],
): Aim {
  const { address, asked } = requestTo(one, { rest: "models", query: "" }, from);
  return aim(address, asked, deps);
}

async function listAt(
  one: InjectedUpstream,
  from: Headers,
  deps: InjectionDeps,
): Promise<readonly ListedModel[]> {
  try {
    const { target, headers } = listAim(one, from, deps);
    const listed = await deps.lists.of(target, headers);
    return listed instanceof Failure ? [] : listed;
  } catch (error) {
    // One that cannot be reached has no model; where it is the client's own, the request itself says why
    if (error instanceof Failure) return [];
    throw error;
  }
}
