/**
 * What the system says of a file operation that failed, as a `bad_config` with a fact and a hint.
 *
 * Errors are told apart by code and number: their texts are in the language of the system.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import type { System } from "../../config/paths.ts";

/** What went wrong, as far as it decides what follows. */
export type Trouble =
  | "full"
  | "read_only"
  | "denied"
  /** Another program holds the file open, or something is mounted on it. */
  | "busy"
  | "folder"
  | "special"
  | "other";

/** Codes of Node's interfaces, which some of Deno's errors have too. */
const CODES: Readonly<Record<string, Trouble>> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EROFS: "read_only",
  EACCES: "denied",
  EPERM: "denied",
  EISDIR: "folder",
  EBUSY: "busy",
  ETXTBSY: "busy",
  EXDEV: "busy",
};

/** Numbers of each system's errors, from errno.h and winerror.h. */
const UNIX = {
  1: "denied",
  13: "denied",
  16: "busy",
  18: "busy",
  21: "folder",
  26: "busy",
} as const;
const NUMBERS: Readonly<Record<"windows" | "darwin" | "linux", Readonly<Record<number, Trouble>>>> =
  {
    windows: {
      5: "denied",
      19: "read_only",
      32: "busy",
      33: "busy",
      39: "full",
      112: "full",
      1224: "busy",
    },
    darwin: { ...UNIX, 28: "full", 30: "read_only", 69: "full" },
    linux: { ...UNIX, 28: "full", 30: "read_only", 122: "full" },
  };

/** Thrown by {@link Disk.read} for a pipe, a device or a socket, which may never end. */
export class SpecialFile extends Error {
  override readonly name = "SpecialFile";
}

/** What an error of the system means. */
export function troubleOf(error: unknown, system: System = Deno.build.os): Trouble {
  if (error instanceof SpecialFile) return "special";
  if (!(error instanceof Error)) return "other";
  const number = Number(/\(os error (\d+)\)/.exec(error.message)?.[1]);
  const family = system === "windows" || system === "darwin" ? system : "linux";
  const known = NUMBERS[family][number] ?? CODES["code" in error ? String(error.code) : ""];
  if (known) return known;
  if (error instanceof Deno.errors.IsADirectory) return "folder";
  if (error instanceof Deno.errors.Busy) return "busy";
  return error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable
    ? "denied"
    : "other";
}

const HELD = "another program holds it open";
const REASONS: Readonly<Record<Exclude<Trouble, "other">, readonly [fact: string, hint: string]>> =
  {
    full: ["the disk is full", "Free some space"],
    read_only: [
      "the file system is read-only",
      "Make it writable, or leave this program out with --only",
    ],
    denied: [
      "the system does not permit it",
      "Run as the owner of the file, and check that it and its folder may be written",
    ],
    busy: [HELD, "Close that program and run the command again"],
    folder: ["it is a folder", "Move the folder away"],
    special: [
      "it is a pipe, a device or a socket, and no file",
      "Put a file in its place, or leave this program out with --only",
    ],
  };

/** The `bad_config` for an error of the system, with a hint. @param action such as `write /home/a/.codex/config.toml` */
export function diskFailure(
  action: string,
  error: unknown,
  system: System = Deno.build.os,
): Failure {
  const [fact, hint] = reason(error, system);
  return new Failure("bad_config", `Cannot ${action}: ${fact}`, { cause: error, hint });
}

function reason(error: unknown, system: System): readonly [fact: string, hint: string] {
  const trouble = troubleOf(error, system);
  if (trouble === "other") {
    return [error instanceof Error ? error.message : String(error), "Check the path"];
  }
  const [fact, hint] = REASONS[trouble];
  // Windows has one number for both.
  if (system !== "windows" || trouble !== "denied") return [fact, hint];
  return [`${fact}, or ${HELD}`, `Close programs that use it, or check who may write it`];
}
