/**
 * The environment of a process, as every command reads it.
 *
 * On Windows the names of variables have no case: `Http_Proxy` and `HTTP_PROXY` are one variable, and programs write
 * either. So there a name is found however it is spelt, and listed in capitals.
 *
 * @module
 */

import type { Env, System } from "./paths.ts";

/** The environment by the rules of `system`. @param raw names and values as the system lists them */
export function envOf(system: System, raw: Readonly<Record<string, string>>): Env {
  if (system !== "windows") return raw;
  const upper: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(raw)) upper[name.toUpperCase()] ??= value;
  return new Proxy(upper, {
    get: (all, name) => typeof name === "string" ? all[name.toUpperCase()] : undefined,
    has: (all, name) => typeof name === "string" && name.toUpperCase() in all,
  });
}

/** The environment of this process now. */
export function processEnv(): Env {
  return envOf(Deno.build.os, Deno.env.toObject());
}
