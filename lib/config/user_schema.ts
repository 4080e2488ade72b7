/**
 * The section `users`: every setting of one user of a team's gateway, once, and what its values come to. `schema.ts` says what
 * a row is.
 *
 * @module
 */

import type { InferOutput } from "valibot";
import type { Config, UserConfig } from "./config.ts";
import type { GatheredName } from "./finding.ts";
import * as kind from "./kinds.ts";
import { row, type Setting } from "./schema.ts";
import { keySource } from "./upstream_schema.ts";

const tokenSource: kind.Kind<string> = {
  ...keySource,
  takes: "env:NAME, the environment variable that holds the token, or file:PATH, the file (0600)",
};

const model = kind.text("a model's name, or upstream/model", /^[^\s*?]{1,256}$/);

/** The settings of one entry under `users`, by key path below its name. */
export const userSettings = {
  "token": row(
    kind.hidden(tokenSource),
    undefined,
    "where the token is read that this user sends, as `Authorization: Bearer` or `x-sidecar-token`",
  ),
  "models": row(
    kind.list("a list of model names, without wildcards", model),
    [],
    "models that this user may ask; all where the list is empty",
  ),
  "tokens_per_day": row(
    kind.orNone(kind.wholeNumber(1, 1_000_000_000_000)),
    null,
    "tokens, input and output together, until midnight UTC",
  ),
  "requests_per_minute": row(
    kind.orNone(kind.wholeNumber(1, 1_000_000)),
    null,
    "requests in one minute of the clock",
  ),
} as const satisfies Record<string, Setting>;

/** What was set of one user, once read. */
type UserValues = {
  readonly [K in keyof typeof userSettings]?: InferOutput<
    (typeof userSettings)[K]["kind"]["schema"]
  >;
};

/** One user; a problem where it has no token. */
export function userOf(
  { values, labels, label }: GatheredName,
  problems: string[],
): UserConfig {
  const get = Object.fromEntries(values) as UserValues;
  if (!labels.has("token")) {
    problems.push(`${label} makes a user without token, such as env:NAME or file:PATH`);
  }
  const [from = "", ...rest] = (get.token ?? "").split(":");
  const { tokens_per_day: tokensPerDay, requests_per_minute: requestsPerMinute } = get;
  return {
    token: { from: from === "file" ? "file" : "env", name: rest.join(":") },
    models: get.models ?? [],
    ...tokensPerDay != null && { tokensPerDay },
    ...requestsPerMinute != null && { requestsPerMinute },
  };
}

/** A sentence for each model of a user that no upstream has, where the settings list the models of all of them. */
export function unlistedModels(
  { users, upstreams }: Pick<Config, "users" | "upstreams">,
): string[] {
  const all = [...upstreams];
  if (all.length === 0 || all.some(([, { models }]) => models.length === 0)) return [];
  const listed = new Set(
    all.flatMap(([name, { models }]) => models.flatMap((model) => [model, `${name}/${model}`]))
      .map((model) => model.toLowerCase()),
  );
  return [...users ?? []].flatMap(([name, { models }]) =>
    models.filter((model) => !listed.has(model.toLowerCase()))
      .map((model) => `users.${name}.models has ${model}, which no upstream lists`)
  );
}
