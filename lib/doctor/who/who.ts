/**
 * Who answers on a port of this machine: this user's own sidecar, or somebody else. Nothing secret is sent to a port
 * before this returned `sidecar`.
 *
 * @module
 */

import { cleanLine } from "../../base/clean.ts";
import { get, type IncomingMessage } from "node:http";
import { type BoundedText, readBounded } from "../../base/bounded_read.ts";
import type { Clock, Random } from "../../base/clock.ts";
import { type Connection, proves } from "../../base/identity.ts";
import { isObject, type Json, type JsonObject, parseJson } from "../../base/json.ts";
import type { StateHealth } from "../../base/state/health.ts";
import type { KeyHealth } from "../../observe/key_health.ts";
import { showDuration } from "../../base/units.ts";

/** Who answers. */
export type Who =
  /** Nothing listens. */
  | { readonly is: "nobody" }
  /** This user's own, proved. */
  | {
    readonly is: "sidecar";
    readonly version: string;
    readonly live: number;
    /** How the keys of its upstreams are. @default it is older and does not say */
    readonly upstreams?: readonly KeyHealth[];
    /** How what it shares with other sidecars is. @default it shares nothing */
    readonly state?: StateHealth;
  }
  /** Answers as a sidecar does and proves nothing. `why`: a clause. */
  | { readonly is: "unproved"; readonly version: string; readonly why: string }
  /** Anything else. `answer`: what it answered, safe to show. */
  | { readonly is: "stranger"; readonly answer: string };

/** Asks a port of 127.0.0.1. Never rejects. */
export type AskWho = (port: number) => Promise<Who>;

/** What {@link askWho} needs. */
export interface WhoDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** This user's secret; `undefined` where there is none. */
  readonly secret: Uint8Array | undefined;
  /** Whether what listens on a port runs as this user: asked where a sidecar says that it could keep no secret. */
  readonly listensAsUs: (port: number) => Promise<boolean>;
}

/** The longest that the complete answer may take, in milliseconds. */
export const WHO_TIMEOUT_MS = 3_000;
/** The most of it that is read, in bytes; a sidecar's has about 150. */
const MAX_BYTES = 16 * 1024;
/** The most of it that is shown, in characters. */
const SHOWN = 80;
const HOST = "127.0.0.1";

interface Answer extends BoundedText {
  readonly response: IncomingMessage;
  readonly asked: Connection;
}

/** Asks a port. Never rejects. */
export async function askWho(port: number, deps: WhoDeps): Promise<Who> {
  const { clock, random } = deps;
  const nonce = random.id() + random.id();
  try {
    return await classify(await ask(port, nonce, clock), nonce, deps);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (!await connects(port)) return { is: "nobody" };
    return { is: "stranger", answer: error instanceof Late ? error.message : "no HTTP" };
  }
}

class Late extends Error {}

/** Not `fetch`, which would ask a proxy of the environment for 127.0.0.1, and does not expose its own port. */
async function ask(port: number, nonce: string, clock: Clock): Promise<Answer> {
  const request = get({ host: HOST, port, path: `/healthz?nonce=${nonce}`, agent: false });
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(WHO_TIMEOUT_MS, () => {
    late.reject(new Late(`no complete answer within ${showDuration(WHO_TIMEOUT_MS)}`));
  });
  const answer = async (): Promise<Answer> => {
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      request.on("response", resolve).on("error", reject)
    );
    const { localAddress = "", localPort = 0 } = response.socket;
    const remote = { hostname: localAddress, port: localPort };
    const asked = { local: { hostname: HOST, port }, remote };
    return { response, asked, ...await readBounded(response, MAX_BYTES) };
  };
  try {
    return await Promise.race([answer(), late.promise]);
  } finally {
    cancel();
    request.on("error", () => {}); // of a connection that is left in the middle of an answer
    request.destroy();
  }
}

async function classify(
  { response, asked, text, cut }: Answer,
  nonce: string,
  { secret, listensAsUs }: WhoDeps,
): Promise<Who> {
  const json = response.statusCode === 200 && !cut ? parseJson(text) : undefined;
  const health = isObject(json) ? healthOf(json) : undefined;
  if (!health || !isObject(json)) return { is: "stranger", answer: shown(response, text) };
  const { proof } = json;
  if (secret && proves(secret, nonce, asked, proof)) return { is: "sidecar", ...health };
  if (proof === null && await listensAsUs(asked.local.port)) return { is: "sidecar", ...health };
  const { version } = health;
  if (proof === undefined) {
    const why = "it is an older version, or another program that answers like one";
    return { is: "unproved", version, why };
  }
  if (proof === null) {
    const why = "it could keep no secret (its log says why), or it is another program";
    return { is: "unproved", version, why };
  }
  return { is: "stranger", answer: `as a sidecar ${version} does, with a proof that is not yours` };
}

/** What a sidecar reports of itself; `undefined` where the answer is not a sidecar's. */
function healthOf({ status, version, live, upstreams, state }: JsonObject) {
  if (status !== "ok" || typeof version !== "string" || !/^[\w.+-]{1,40}$/.test(version)) {
    return undefined;
  }
  const shared = stateHealth(state);
  return typeof live === "number" && Number.isSafeInteger(live) && live >= 0
    ? {
      version,
      live,
      ...Array.isArray(upstreams) && upstreams.length > 0 &&
        { upstreams: upstreams.flatMap(keyHealth) },
      ...shared && { state: shared },
    }
    : undefined;
}

/** One key as far as the answer tells it in the form that is known here. */
function keyHealth(told: Json): KeyHealth[] {
  if (!isObject(told)) return [];
  const { name, state, opens, busy, waiting } = told;
  const counts = [opens ?? 0, busy, waiting];
  if (typeof name !== "string" || !isState(state) || !counts.every(isCount)) return [];
  const numbers = { busy: Number(busy), waiting: Number(waiting) };
  return [{ name, state, ...opens !== undefined && { opens: Number(opens) }, ...numbers }];
}

/** What it shares, as far as the answer tells it in the form that is known here. */
function stateHealth(told: Json | undefined): StateHealth | undefined {
  if (!isObject(told) || !isObject(told.calls)) return undefined;
  const { title, reachable, since, calls: { answered, failed, skipped } } = told;
  if (typeof title !== "string" || typeof reachable !== "boolean") return undefined;
  if (![since, answered, failed, skipped].every(isCount)) return undefined;
  const calls = {
    answered: Number(answered),
    failed: Number(failed),
    skipped: Number(skipped),
  };
  return { title: cleanLine(title, SHOWN), reachable, since: Number(since), calls };
}

function isState(value: Json | undefined): value is KeyHealth["state"] {
  return value === "closed" || value === "open" || value === "half-open";
}

function isCount(value: Json | undefined): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/** `HTTP 200, text/html: <!doctype html>…`: short, on one line, no control characters in it. */
function shown({ statusCode, headers }: IncomingMessage, text: string): string {
  const type = cleanLine(headers["content-type"] ?? "no content type", SHOWN);
  const begin = cleanLine(text.trim(), SHOWN);
  return `HTTP ${statusCode}, ${type}${begin ? `: ${begin}` : ""}`;
}

/** Whether anything accepts connections on the port. */
async function connects(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: HOST, port })).close();
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}
