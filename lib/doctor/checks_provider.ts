/**
 * Checks of every provider that requests end at: name, handshake, key, list of models. They cost no tokens.
 *
 * @module
 */

import { isIP } from "node:net";
import { bareHost, isLocalhostName } from "../base/loopback.ts";
import { keyFault } from "../base/secrets/key_text.ts";
import { maskSecrets } from "../base/secrets/secrets.ts";
import { keyHint } from "../provider/key_hint.ts";
import { findProfile, GENERIC } from "../provider/profiles.ts";
import { type Check, type CheckResult, fail, ok, warn } from "./check.ts";
import { type Destination, destinationsOf } from "./destinations.ts";
import type { DoctorFacts, Got } from "./facts.ts";
import { modelsQuestion } from "./models_question.ts";
import { listIn, wrongModel } from "./named_models.ts";

/** In the order in which they are run. */
export const PROVIDER_CHECKS: readonly Check<DoctorFacts>[] = [
  each("name of", async ({ host }, { world }) => {
    if (isIP(bareHost(host)) !== 0 || isLocalhostName(host)) return undefined;
    try {
      const addresses = await world.resolve(host);
      return ok(addresses.slice(0, 2).join(", "));
    } catch (error) {
      return fail(
        `${host} has no address: ${errorText(error)}`,
        "Check the host in base_url, and this machine's DNS",
      );
    }
  }),
  each("handshake with", async ({ host, port, secure }, { world }) => {
    const { env } = world.context;
    const proxy = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].find((name) =>
      env[name]
    );
    if (!secure) return undefined;
    if (proxy !== undefined) return ok(`not checked: ${proxy} is in use`);
    try {
      await world.handshake(host, port);
      return ok(`TLS works on port ${port}`);
    } catch (error) {
      const text = errorText(error);
      const untrusted = /certificate|issuer|self.signed/i.test(text);
      return fail(
        `no TLS with ${host}:${port}: ${text}`,
        untrusted
          ? "A proxy or virus scanner intercepts TLS here: give its certificate to DENO_CERT or DENO_TLS_CA_STORE=system"
          : "Check the network, a firewall, or whether HTTPS_PROXY is needed here",
      );
    }
  }),
  each("key for", ({ host, key, keyFrom, remote }) => {
    if (!remote) return undefined;
    if (key === undefined) {
      return warn(
        `no key is known to the doctor (${keyFrom})`,
        "No problem where Codex has one; api_key: env:NAME gives the sidecar its own",
      );
    }
    const fault = keyFault(key);
    if (fault !== undefined) {
      return fail(`the key of ${keyFrom} ${fault}`, "Set it to the key alone, in one line");
    }
    const hint = keyHint(findProfile(host) ?? GENERIC, host, key);
    return hint === undefined
      ? ok(`${keyFrom}, and its form matches the host`)
      : fail(`the key of ${keyFrom} is for another host`, hint);
  }),
  each("models of", async (destination, { world }) => {
    const { key } = destination;
    const gone = wrongModel(destination, undefined);
    if (key !== undefined && keyFault(key) !== undefined) return gone;
    const ask = (key: string | undefined): Promise<Got> => {
      const { url, headers } = modelsQuestion(destination, key);
      return world.get(url, headers);
    };
    let got: Got;
    try {
      got = await ask(key);
    } catch (error) {
      return gone ?? fail(
        `no answer: ${errorText(error)}`,
        "Check base_url, and whether the provider is up",
      );
    }
    const listed = got.status === 200 ? listIn(got.text) : undefined;
    const found = wrongModel(destination, listed) ?? modelsResult(got, key !== undefined);
    return found.status === "ok" ? await refusedKey(destination, ask) ?? found : found;
  }),
];

/** The first key of a pool that is refused, besides the one that was asked with. */
async function refusedKey(
  { pool }: Destination,
  ask: (key: string | undefined) => Promise<Got>,
): Promise<CheckResult | undefined> {
  const answers = await Promise.all(pool.map(async ({ key, from }) => {
    const got = await ask(key).catch(() => undefined);
    return { from, refused: got?.status === 401 || got?.status === 403, status: got?.status };
  }));
  const bad = answers.find(({ refused }) => refused);
  return bad && fail(
    `HTTP ${bad.status}: the key of ${bad.from} is refused, another one of the pool is not`,
    "Check that the key is complete, not expired, and for this host",
  );
}

function modelsResult({ status, text }: Got, withKey: boolean): CheckResult {
  if (status === 200) {
    const count = listIn(text) ? text.match(/"id"\s*:/g)?.length ?? 0 : 0;
    return ok(count > 0 ? `${count} ${count === 1 ? "model" : "models"}` : "HTTP 200");
  }
  if (status === 401 || status === 403) {
    return withKey
      ? fail(
        `HTTP ${status}: the key is refused`,
        "Check that the key is complete, not expired, and for this host",
      )
      : ok(`HTTP ${status} without a key, as it should be`);
  }
  if (status === 404 || status === 405) {
    return ok(`HTTP ${status}: it has no list of models, which proves nothing`);
  }
  if (status === 402 || status === 429) {
    return warn(
      `HTTP ${status}: no balance, or too many requests`,
      "Check the account's balance and limits",
    );
  }
  return warn(
    `HTTP ${status}`,
    status >= 500 ? "The provider has a fault: try again later" : "Check base_url",
  );
}

/** A check for each destination, whose name is part of the finding's. */
function each(
  name: string,
  run: (
    destination: Destination,
    facts: DoctorFacts,
  ) => CheckResult | undefined | Promise<CheckResult | undefined>,
): Check<DoctorFacts> {
  return {
    name,
    async run(facts) {
      const destinations = await destinationsOf(facts);
      const results = await Promise.all(destinations.map(async (destination) => {
        const one = await run(destination, facts);
        const keys = [destination, ...destination.pool].flatMap(({ key }) => key ?? []);
        const fact = one && maskSecrets(one.fact, keys);
        return one && { ...one, fact: fact ?? "", name: `${name} ${destination.name}` };
      }));
      return results.filter((one) => one !== undefined);
    },
  };
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
