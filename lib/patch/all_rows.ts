/**
 * The note by which `init --all` tells the sidecar to offer the models of all rows of a cc-switch database together.
 *
 * Its rule: it says where the rows are and holds no key; the keys stay in cc-switch's own database alone.
 *
 * @module
 */

import { isObject, parseJson } from "../base/json.ts";
import type { System } from "../config/paths.ts";
import type { ModelFacts } from "../provider/catalog/facts.ts";

/** Where the rows are. */
export interface AllRowsNote {
  /** The database, absolute. */
  readonly database: string;
  /** The port of the sidecar: a row that leads to it leads nowhere else. */
  readonly port: number;
  /** Ports of this machine at which a front proxy listens, which is no upstream either. */
  readonly fronts: readonly number[];
  /** What a Codex without a key of its own shows: the field `pass` of the file. */
  readonly localToken: string;
}

/** What `init --all` found before anything is planned. */
export interface AllRows extends Pick<AllRowsNote, "database" | "fronts" | "localToken"> {
  /** The models of all rows under the names that Codex may ask for, those of the row in use first. */
  readonly models: readonly ModelFacts[];
  /** The address of the row in use, else of the first. */
  readonly baseUrl: string;
}

/** The note's file. */
export function allRowsFile(system: System, stateDir: string): string {
  return inFolder(system, stateDir, "all-rows.json");
}

/** All files that `init --all` makes in the state folder; there may be none. */
export function allRowsFiles(system: System, stateDir: string): string[] {
  return [allRowsFile(system, stateDir), allModelsFile(system, stateDir)];
}

/** The list of models, for a Codex that asks no address. */
export function allModelsFile(system: System, stateDir: string): string {
  return inFolder(system, stateDir, "models", "all.json");
}

/** Its content. */
export function allRowsText({ database, port, fronts, localToken }: AllRowsNote): string {
  return `${JSON.stringify({ version: 1, database, port, fronts, pass: localToken })}\n`;
}

/** Reads its content; `undefined` for anything else, also of a newer version. */
export function parseAllRows(text: string): AllRowsNote | undefined {
  const read = parseJson(text);
  if (!isObject(read) || read.version !== 1) return undefined;
  const { database, port, fronts, pass: localToken } = read;
  if (typeof database !== "string" || typeof port !== "number" || typeof localToken !== "string") {
    return undefined;
  }
  const ports = Array.isArray(fronts) ? fronts.filter((one) => typeof one === "number") : [];
  return { database, port, fronts: ports, localToken };
}

/** Not `joinPath`, whose module knows the plans that hold these types. */
function inFolder(system: System, ...parts: string[]): string {
  return parts.join(system === "windows" ? "\\" : "/");
}
