/**
 * The secret by which a sidecar proves whose it is, on both sides: `serve` keeps it, the other commands check with it.
 *
 * @module
 */

import { type Clock, systemRandom } from "../../base/clock.ts";
import { type Env, stateDir, type System } from "../../config/paths.ts";
import { keepSecret, readSecret, secretFile } from "../../config/secret.ts";
import { type AskWho, askWho } from "../../doctor/who/who.ts";
import { listensAsUs } from "../../doctor/who/listener_user.ts";
import type { Observer } from "../../observe/observer.ts";

/**
 * Creates the secret where there is none yet, and warns where none can be kept: the sidecar works without, but `status`
 * and `doctor` cannot tell it from another program.
 *
 * @returns reads it for one proof: from the file, so that one that was made anew is followed, else the one of the start
 */
export async function openIdentity(
  system: System,
  env: Env,
  observer: Observer,
): Promise<() => Promise<Uint8Array | undefined>> {
  const dir = stateDir(system, env);
  if (dir === undefined) {
    observer.notice("warning", `${NO_PROOF}: the environment names no home folder`);
    return () => Promise.resolve(undefined);
  }
  const file = secretFile(system, dir);
  const kept = await keepSecret(file);
  const first = kept.is === "secret" ? kept.secret : undefined;
  if (kept.is === "bad") observer.notice("warning", `${NO_PROOF}: ${file} ${kept.why}`);
  return async () => {
    const now = await readSecret(file);
    return now.is === "secret" ? now.secret : first;
  };
}

const NO_PROOF = "sidecar status cannot tell this sidecar from another program";

/** Asks a port who answers there, with this user's secret where there is one. */
export function whoAnswers({ system, env, clock }: Asker): AskWho {
  const dir = stateDir(system, env);
  return async (port) => {
    const found = dir === undefined ? undefined : await readSecret(secretFile(system, dir));
    const secret = found?.is === "secret" ? found.secret : undefined;
    return await askWho(port, { clock, random: systemRandom, secret, listensAsUs });
  };
}

interface Asker {
  readonly system: System;
  readonly env: Env;
  readonly clock: Clock;
}
