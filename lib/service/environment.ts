/**
 * The environment of a service: the variables that its file may hold, and those that the user must set.
 *
 * A key or a password is never written.
 *
 * @module
 */

import { noProxyWithLoopback } from "../base/loopback.ts";
import { isSecretName, SUSPECT_WORDS } from "../base/secrets/forms.ts";
import { maskSecrets } from "../base/secrets/secrets.ts";
import { isSettingVariable } from "../config/env.ts";
import type { Env, System } from "../config/paths.ts";

/** The variables of a service. */
interface ServiceEnvironment {
  /** Variables that are written into its file. */
  readonly kept: Readonly<Record<string, string>>;
  /** Variables that are not written, sorted by name. */
  readonly missing: readonly Missing[];
}

/** A variable that the user must set. */
interface Missing {
  readonly name: string;
  /** What it holds, or why it is not written: `the key of upstreams.acme`. */
  readonly why: string;
}

const PROXIES = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
];

const NO_PROXY = ["NO_PROXY", "no_proxy"];

/** Variables of folders and certificates: they decide where settings are found and which servers are trusted. */
const LOCATION_VARIABLES = [
  "CODEX_HOME",
  "DENO_CERT",
  "DENO_DIR",
  "DENO_TLS_CA_STORE",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_DIR",
  "SSL_CERT_FILE",
  "XDG_CACHE_HOME",
  "XDG_CONFIG_HOME",
  "XDG_STATE_HOME",
];

/**
 * Divides the variables of the shell into those that are written and those that are missing.
 *
 * @param keys variables that hold keys, each with the upstream that names it
 * @param system a Windows task has no variables of its own, so there all of them are missing
 */
export function serviceEnvironment(
  system: System,
  env: Env,
  keys: ReadonlyMap<string, string>,
): ServiceEnvironment {
  const kept: Record<string, string> = {};
  const missing = new Map<string, string>();
  for (const [name, upstream] of keys) missing.set(name, `the key of upstreams.${upstream}`);
  const settings = Object.keys(env).filter(isSettingVariable);
  for (const name of [...PROXIES, ...LOCATION_VARIABLES, ...settings].sort()) {
    const value = env[name];
    if (!value || missing.has(name)) continue;
    if (isSecret(name, value)) missing.set(name, "it holds a password or a key");
    else if (system !== "windows") kept[name] = value;
    else if (!LOCATION_VARIABLES.includes(name)) missing.set(name, "set in this window");
  }
  if (PROXIES.some((name) => name in kept || missing.has(name))) {
    const hosts = noProxyWithLoopback(NO_PROXY.flatMap((name) => env[name] ?? []).join(","));
    if (system !== "windows") { for (const name of NO_PROXY) kept[name] = hosts; }
  }
  return {
    kept,
    missing: [...missing].sort(([a], [b]) => a < b ? -1 : 1).map(([name, why]) => ({ name, why })),
  };
}

function isSecret(name: string, value: string): boolean {
  if (/:\/\/[^\s/]*@/.test(value) || maskSecrets(value) !== value) return true;
  return (isSecretName(name) || new RegExp(`(?:${SUSPECT_WORDS})$`, "i").test(name)) &&
    !value.startsWith("env:");
}

/** Where the user sets the missing variables. */
interface MissingVariables {
  readonly system: System;
  /** The file of `NAME=value` lines, as the user writes its path. */
  readonly envFile: string;
}

/** Lines that name the missing variables and how to set them; empty where none is missing. */
export function missingLines(
  missing: readonly Missing[],
  { system, envFile }: MissingVariables,
): string[] {
  if (missing.length === 0) return [];
  const first = missing[0] as Missing;
  const instructions = system === "windows"
    ? [
      `Unless they are variables of your Windows user already: setx ${first.name} "…"`,
      "then log out and in again.",
    ]
    : system === "darwin"
    ? [
      `launchd reads no such file: launchctl setenv ${first.name} '…' lasts until you log out, and every`,
      "program of your session sees it; then run sidecar service install again. Without a key of its own",
      "(no api_key in config.yaml) the sidecar passes on the one that Codex sends, which needs nothing here.",
    ]
    : [
      `Write lines such as ${first.name}=… into ${envFile}, for your eyes only (chmod 600),`,
      "then: systemctl --user restart codex-sidecar",
    ];
  return [
    "Not written into the service's file, so it has to come from you:",
    ...missing.map(({ name, why }) => `  ${name}: ${why}`),
    ...instructions,
  ];
}
