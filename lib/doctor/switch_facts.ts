/**
 * What cc-switch's settings say about the route of a request: its provider's URL, whether its proxy is in front, and
 * that proxy's time limits.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { isObject, parseJson } from "../base/json.ts";
import type { SwitchTimeouts } from "../patch/cc_switch/timeouts.ts";
import { readDatabase } from "../patch/cc_switch/database.ts";
import { findCcSwitch } from "../patch/cc_switch/home.ts";
import { activeUrl } from "../patch/codex/toml.ts";
import type { PatchContext } from "../patch/integration.ts";
import { readToml } from "../patch/text/toml_doc.ts";

/** The part of its settings that concerns Codex. */
export interface SwitchFacts {
  /** The provider in use. */
  readonly provider: string | undefined;
  /** Its base URL as it is written there. */
  readonly url: string | undefined;
  /** Whether its own proxy has taken Codex over, and whether that fails over: only then do its time limits apply. */
  readonly takeover: boolean;
  readonly failover: boolean;
  readonly deadlines: SwitchTimeouts;
  /** Whether its proxy sends everything through another proxy, loopback too. */
  readonly proxied: boolean;
}

/** How long another program's lock is waited for, in milliseconds. */
const TIMEOUT_MS = 1_000;

/** Reads it; `undefined` where cc-switch keeps no database here. @throws {Failure} `bad_config` */
export async function readSwitch(context: PatchContext): Promise<SwitchFacts | undefined> {
  const home = await findCcSwitch(context);
  if (home?.database === undefined) return undefined;
  const snapshot = readDatabase(home.database, { timeout: TIMEOUT_MS });
  const { takeover, failover, current } = readFlags(home.database);
  const chosen = snapshot.records.some(({ id }) => id === home.current) ? home.current : current;
  const record = snapshot.records.find(({ id }) => id === chosen);
  return {
    provider: record?.name,
    url: record && urlOf(record.settings, context.port),
    takeover,
    failover,
    deadlines: snapshot.timeouts,
    proxied: snapshot.proxied,
  };
}

function urlOf(settings: string | undefined, port: number): string | undefined {
  const read = settings === undefined ? undefined : parseJson(settings);
  if (!isObject(read) || typeof read.config !== "string") return undefined;
  const found = activeUrl(readToml(read.config, "its config"), port);
  return "is" in found || typeof found.leaf.value !== "string" ? undefined : found.leaf.value;
}

/** Columns that older versions lack read as off. */
function readFlags(path: string) {
  const database = new DatabaseSync(path, { readOnly: true, timeout: TIMEOUT_MS });
  try {
    const one = (sql: string): Readonly<Record<string, unknown>> => {
      try {
        return database.prepare(sql).get() ?? {};
      } catch (error) {
        if (error instanceof Error) return {};
        throw error;
      }
    };
    const flag = (column: string) =>
      one(`SELECT ${column} AS is_on FROM proxy_config WHERE app_type = 'codex'`).is_on === 1;
    const { id } = one("SELECT id FROM providers WHERE app_type = 'codex' AND is_current = 1");
    return {
      takeover: flag("enabled"),
      failover: flag("auto_failover_enabled"),
      current: typeof id === "string" ? id : undefined,
    };
  } finally {
    database.close();
  }
}
