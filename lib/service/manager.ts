/**
 * What starts services at login on each system, as one shape: told through its own tools, never behind its back.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { Failure } from "../base/errors.ts";
import type { Env, System } from "../config/paths.ts";
import type { Service } from "./service.ts";

/** How a tool ended. */
export interface Ran {
  /** `undefined`: there is no such tool. */
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** Runs a tool to its end; never throws. */
export type RunTool = (command: string, args: readonly string[]) => Promise<Ran>;

/** What the managers know of the machine. */
export interface ManagerContext {
  readonly system: System;
  readonly env: Env;
  readonly clock: Clock;
  readonly runTool: RunTool;
  /** The user's number; `null` on Windows. */
  readonly uid: () => number | null;
  /** The sidecar's own folder. */
  readonly stateDir: string;
}

/** The manager of services of one system, for the user who asks. All of it without root. */
export interface Manager {
  /** As it is called in sentences. */
  readonly name: string;
  /** What the service is called there. */
  readonly id: string;
  /** What its user should know, one sentence. */
  readonly note?: string;
  /** Where the definition is written. */
  readonly file: string;
  /** Files besides it that go with it. */
  readonly traces: readonly string[];
  /** Reads the definition that the manager keeps by itself; absent where `file` is the definition. */
  readonly registered?: () => Promise<string | undefined>;
  /** The definition, as it is written. */
  define(service: Service): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Makes the manager read the file: started at every login from now on, and (again) at once where `start` says so.
   *
   * @throws {Failure} `bad_config` with the tool's own words; the caller takes the file back.
   */
  take(start: boolean): Promise<void>;
  /** Stops it, lets live answers end where the system can, and has it started no more. @returns what failed */
  stop(): Promise<Failure | undefined>;
  /** Makes the manager notice that the file is gone. */
  forget(): Promise<void>;
  /** Whether it runs; `undefined` where the manager does not say. */
  running(): Promise<boolean | undefined>;
}

/** Says which tool failed in its own words. @param hint what the user can do */
export function toolFailure(
  command: string,
  args: readonly string[],
  ran: Ran,
  hint: string,
): Failure {
  const line = [command, ...args].join(" ");
  if (ran.code === undefined) {
    return new Failure("bad_config", `${line} cannot run: there is no ${command} here`, { hint });
  }
  const said = (ran.err.trim() || ran.out.trim()).split(/\s*\n\s*/).slice(0, 4).join("; ");
  const words = said.replace(/\.$/, "") || `exit code ${ran.code}`;
  return new Failure("bad_config", `${line} failed: ${words}`, { hint });
}
