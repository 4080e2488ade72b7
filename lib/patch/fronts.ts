/**
 * The front proxies of this machine by the ports that their own settings name (docs/facts/switchers.md §3, §5): a port
 * is a setting of each, and a URL that leads to one must never become the upstream of what stands behind it.
 *
 * What cannot be read names no port; the program's own integration reports it.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { type FrontProxy, type Fronts, USUAL_FRONTS } from "../base/front_proxies.ts";
import { isObject, type Json, type JsonObject, parseJson } from "../base/json.ts";
import { isThisMachine } from "../base/loopback.ts";
import { Failure } from "../base/errors.ts";
import { findCcSwitch } from "./cc_switch/home.ts";
import { joinPath, userHome } from "./folders.ts";
import type { PatchContext } from "./integration.ts";
import { readIfAny } from "./text_file.ts";

/** How long another program's lock is waited for, in milliseconds. */
const TIMEOUT_MS = 500;
/** The most levels of cc-switch-cli's own preferences that are searched for ports. */
const MAX_LEVELS = 4;
/** The most profiles of Codex++ that are looked at. */
const MAX_PROFILES = 200;

/** Reads them, the usual ports among them. Never rejects for what other programs wrote. */
export async function readFronts(context: PatchContext): Promise<Fronts> {
  const out = new Map<number, FrontProxy>(USUAL_FRONTS);
  const add = (port: unknown, name: FrontProxy) => {
    const number = Number(port);
    // The sidecar's own port is nobody else's, whatever an old setting says
    if (isPort(number) && number !== context.port && !out.has(number)) out.set(number, name);
  };
  for (const port of await switchPorts(context)) add(port, "cc-switch");
  for (const port of await plusPorts(context)) add(port, "Codex++");
  return out;
}

/** Whether a program listens on one of the ports. */
export async function anyListens(
  { listening }: Pick<PatchContext, "listening">,
  ports: readonly number[],
): Promise<boolean> {
  return (await Promise.all(ports.map((port) => listening(port)))).includes(true);
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port < 65_536;
}

async function switchPorts(context: PatchContext): Promise<unknown[]> {
  try {
    const home = await findCcSwitch(context);
    return home?.database === undefined ? [] : databasePorts(home.database);
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}

/** Every row counts: older versions read the port from another program's row. */
function databasePorts(path: string): unknown[] {
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      // A read-only connection ignores the constructor's own option (Deno 2.9.6)
      database.exec(`PRAGMA busy_timeout = ${TIMEOUT_MS}`);
      const rows = (sql: string) => {
        try {
          return database.prepare(sql).all();
        } catch (error) {
          // A version without that table or column
          if (error instanceof Error) return [];
          throw error;
        }
      };
      const ports = rows("SELECT listen_port AS port FROM proxy_config").map(({ port }) => port);
      const kept = rows("SELECT value FROM settings WHERE key = 'proxy_preferences_cli_only'");
      return [...ports, ...kept.flatMap(({ value }) => portsIn(parseJson(String(value)), 0))];
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof Error) return [];
    throw error;
  }
}

/** The numbers under names that end in `port`; cc-switch-cli's preferences have no documented form. */
function portsIn(value: Json | undefined, level: number): number[] {
  if (!isObject(value) || level >= MAX_LEVELS) return [];
  return Object.entries(value).flatMap(([name, one]) =>
    typeof one === "number" && /port$/i.test(name) ? [one] : portsIn(one, level + 1)
  );
}

/** The port in Codex++'s variable, and those to which its profiles lead Codex and not its own upstream. */
async function plusPorts(context: PatchContext): Promise<unknown[]> {
  const { system, env, disk, codexPlusDir } = context;
  const home = userHome(system, env);
  const folder = codexPlusDir || (home && joinPath(system, home, ".codex-session-delete"));
  const settings = folder && await readIfAny(disk, joinPath(system, folder, "settings.json"));
  const list = settings && Array.isArray(settings.relayProfiles) ? settings.relayProfiles : [];
  const profiles = list.slice(0, MAX_PROFILES).filter(isObject);
  return [env.CODEX_PLUS_PROTOCOL_PROXY_PORT?.trim(), ...profiles.flatMap(profilePorts)];
}

/** Codex++ converts for a profile that speaks Chat: its config.toml leads to Codex++ itself. */
function profilePorts(profile: JsonObject): number[] {
  const { configContents, upstreamBaseUrl } = profile;
  if (!/chat/i.test(String(profile.protocol ?? "")) || typeof configContents !== "string") {
    return [];
  }
  const upstream = URL.parse(String(upstreamBaseUrl ?? ""));
  const urls = [...configContents.matchAll(/^\s*base_url\s*=\s*["']([^"'\n]{1,2000})["']/gm)];
  return urls.flatMap(([, text = ""]) => {
    const url = URL.parse(text);
    if (!url || !isThisMachine(url.hostname) || /^\/r\/https?\//.test(url.pathname)) return [];
    const same = upstream && isThisMachine(upstream.hostname) && upstream.port === url.port;
    return same ? [] : [Number(url.port)];
  });
}
