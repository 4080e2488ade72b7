/**
 * Checks of Codex and of its settings, against what Codex 0.169.0 was measured to do (docs/facts/codex.md §1, §2.4).
 *
 * @module
 */

import { isVariableName } from "../base/secrets/forms.ts";
import { shownUrl } from "../base/secrets/sources.ts";
import { filled } from "../base/json.ts";
import { showDuration } from "../base/units.ts";
import { type Check, type CheckResult, fail, ok, warn } from "./check.ts";
import { type DoctorFacts, integerAt, type Toml } from "./facts.ts";
import { BUILT_IN } from "../patch/codex/layers/layers.ts";
import { oldDaemons } from "../patch/machine/daemon.ts";
import { metadataOf } from "./model_slugs.ts";

/** The defaults of Codex (docs/facts/codex.md §1.1). */
const DEFAULTS = { idle: 300_000, requestRetries: 4, streamRetries: 5 };
/** An idle limit below this leaves time for only a few heartbeats, in milliseconds. */
const SHORT_IDLE = 60_000;

/** Ids whose tables Codex refuses at start, and one of which it takes a few settings only. */
const RESERVED = ["openai", "ollama", "lmstudio"];

/** In the order in which they are run. */
export const CODEX_CHECKS: readonly Check<DoctorFacts>[] = [
  {
    name: "codex",
    async run({ world }) {
      const printed = await world.command("codex", ["--version"]);
      return printed === undefined
        ? warn(
          "there is no codex on the PATH",
          "Correct where only the VS Code extension is used, which has its own; else install it: npm i -g @openai/codex",
        )
        : ok(printed.trim().split("\n")[0] ?? "");
    },
  },
  {
    name: "codex settings",
    async run({ world, codex: { file, home, settings } }) {
      if (settings === undefined) {
        return warn(`there is no ${file}`, "Run sidecar init --provider NAME, which writes one");
      }
      if (settings instanceof Error) {
        return fail(settings.message, "Correct the line: Codex does not start until then");
      }
      const profile = filled(settings.profile);
      const verdict = home === undefined ? undefined : await world.loads?.(home);
      if (profile === undefined && verdict?.loads === false) {
        return fail(
          `Codex does not start with ${file}: ${verdict.why}`,
          "Correct what it names; another program may have written it",
        );
      }
      return profile === undefined ? ok(`${file} is valid`) : fail(
        `${file} has profile = ${JSON.stringify(profile)}, with which Codex no longer starts`,
        `Move that profile to ${profile}.config.toml beside it and use codex --profile ${profile}`,
      );
    },
  },
  {
    name: "provider",
    run({ codex: { file, settings, provider, table, baseUrl, urlFrom } }) {
      if (settings === undefined || settings instanceof Error) return undefined;
      const reserved = reservedIn(settings);
      if (reserved.length > 0) {
        return fail(
          `${file} has a table for ${
            reserved.join(", ")
          }, which Codex keeps for itself and refuses to start with`,
          `Rename it, for example to ${reserved[0]}-custom, and set model_provider to the new name`,
        );
      }
      if (baseUrl !== undefined && !table) {
        return ok(`${provider ?? "openai"} at ${shownUrl(baseUrl)}, as openai_base_url says`);
      }
      if (provider === undefined) {
        return warn(
          `${file} names no model_provider, so Codex asks OpenAI and not the sidecar`,
          "Choose a provider, or run sidecar init --provider NAME",
        );
      }
      if (!table) {
        return BUILT_IN.includes(provider)
          ? warn(
            `Codex uses its own ${provider}`,
            "Choose a provider with a table, or run sidecar init --provider NAME",
          )
          : fail(
            `model_provider is ${provider}, and there is no [model_providers.${provider}]`,
            "Add the table, or choose the provider again in the program that writes this file",
          );
      }
      return baseUrl === undefined
        ? fail(
          `[model_providers.${provider}] has no base_url, so Codex asks OpenAI`,
          "Another program removed it: choose the provider there again, then run sidecar init",
        )
        : ok(
          `${provider} at ${shownUrl(baseUrl)}${urlFrom === file ? "" : `, as ${urlFrom} says`}`,
        );
    },
  },
  {
    name: "other settings",
    run({ codex: { past, trouble } }) {
      return [
        ...past.map((fact) =>
          warn(fact, "Run sidecar init, which leads it through the sidecar where it may")
        ),
        ...trouble.map((fact) => warn(fact, "Correct that file, or take it away")),
      ];
    },
  },
  {
    name: "background server",
    async run({ world: { context } }) {
      const found = await oldDaemons(context);
      return found.map(({ fact, stop }) => warn(fact, `End it: ${stop}`));
    },
  },
  inTable("wire_api", (table) => {
    const wire = table.wire_api;
    if (wire === undefined || wire === "responses") return ok("responses");
    return fail(
      `wire_api is ${JSON.stringify(wire)}, with which Codex does not start`,
      'Set wire_api = "responses"; the sidecar translates for providers that speak Chat',
    );
  }),
  inTable("provider name", (table) => {
    const name = filled(table.name);
    if (name === undefined) {
      return fail(
        "the provider has no name, with which Codex does not start",
        'Add name = "…" to its table',
      );
    }
    return name === "OpenAI"
      ? fail(
        'the provider is called "OpenAI", which switches on what only OpenAI understands',
        "Give it another name: that turns off remote compaction and compressed requests",
      )
      : ok(name);
  }),
  {
    name: "model",
    run({ codex: { settings, table, model } }) {
      if (!table || settings === undefined || settings instanceof Error) return undefined;
      if (model === undefined) {
        return warn(
          "no model is set, so Codex asks for one of OpenAI's",
          'Set model = "…" to one of the provider\'s',
        );
      }
      if (settings.model_catalog_json !== undefined) return ok(`${model}, described by a catalog`);
      const known = metadataOf(model);
      if (!known) return ok(model);
      const { slug, codeMode } = known;
      const fact = `Codex takes ${model} for OpenAI's ${slug}`;
      return codeMode
        ? fail(
          `${fact} and sends its tools in a form that only OpenAI understands`,
          "Choose a model name that does not begin like that, and map it at the provider",
        )
        : warn(
          `${fact}, its window and its tools`,
          "Choose a model name that does not begin like that",
        );
    },
  },
  inTable("idle limit", (table, { config }) => {
    const limit = integerAt(table, "stream_idle_timeout_ms") ?? DEFAULTS.idle;
    const heartbeat = config instanceof Error ? 10_000 : config.heartbeat.interval;
    const fact = `Codex gives up after ${
      showDuration(limit)
    } without an event; a heartbeat comes every ${showDuration(heartbeat)}`;
    const hint =
      "Set stream_idle_timeout_ms = 3600000 in the provider's table; sidecar init sets it";
    if (limit < heartbeat * 2) {
      return fail(limit === 0 ? `${fact}: 0 is not "off"` : fact, hint);
    }
    return limit < SHORT_IDLE ? warn(fact, hint) : ok(fact);
  }),
  inTable("retries", (table) => {
    const stream = integerAt(table, "stream_max_retries") ?? DEFAULTS.streamRetries;
    const request = integerAt(table, "request_max_retries") ?? DEFAULTS.requestRetries;
    const fact = `Codex retries a stream ${stream} times and a request ${request} times`;
    return stream === 0 || request === 0
      ? warn(
        fact,
        "Set more than 0: retries bridge a restart of the sidecar; sidecar init sets them",
      )
      : ok(fact);
  }),
  inTable("websockets", (table) =>
    table.supports_websockets === true
      ? warn(
        "supports_websockets is on, so every turn begins with a request that is refused",
        "Remove supports_websockets from the provider's table",
      )
      : undefined),
  inTable("login", (table, { codex: { login, file } }) => {
    if (table.requires_openai_auth !== true) return undefined;
    return login
      ? fail(
        "the provider is sent the ChatGPT login, which the sidecar forwards to nobody but OpenAI",
        `Give it its own key (env_key or experimental_bearer_token) and set requires_openai_auth = false in ${file}`,
      )
      : ok("the key of auth.json is sent, which is not a ChatGPT login");
  }),
  inTable("key variable", (table, { world: { context: { env } } }) => {
    const name = filled(table.env_key);
    if (name === undefined) return undefined;
    if (!isVariableName(name)) {
      return fail(
        "env_key holds no variable's name, perhaps the key itself",
        "Put the key into a variable and its name into env_key, or use experimental_bearer_token",
      );
    }
    return env[name] ? ok(`${name} is set`) : warn(
      `Codex takes its key from ${name}, which is not set here`,
      `Set it where Codex is started, or put ${name}=… into .env beside config.toml`,
    );
  }),
];

/** A check of the active provider's table; it does not apply where there is none. */
function inTable(
  name: string,
  run: (table: Toml, facts: DoctorFacts) => CheckResult | undefined,
): Check<DoctorFacts> {
  return { name, run: (facts) => facts.codex.table && run(facts.codex.table, facts) };
}

function reservedIn({ model_providers: tables }: Toml): string[] {
  const names = typeof tables === "object" && tables !== null ? Object.keys(tables) : [];
  return names.filter((name) => RESERVED.includes(name));
}
