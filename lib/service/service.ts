/**
 * A service, independent of the system: its command, its variables, and the command that installed it.
 *
 * Each file carries a mark. A file without a mark is not ours: it is neither overwritten nor removed.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";

/** The command that installed a service. `undo` removes a service of `init` only. */
export type Installer = "sidecar init" | "sidecar service install";

/** What runs at every login. */
export interface Service {
  readonly by: Installer;
  /** The port it listens on. */
  readonly port: number;
  /** The program, as an absolute path, and its arguments. */
  readonly command: readonly [program: string, ...args: string[]];
  /** Variables in addition to those of the login; never a key or a password. */
  readonly env: Readonly<Record<string, string>>;
  /** A file of the user's with `NAME=value` lines, read at each start where the system supports it. It may be missing. */
  readonly envFile: string;
  /** The folder it starts in, as an absolute path. */
  readonly home: string;
}

/** What a mark holds. */
export type ServiceMark = Pick<Service, "by" | "port">;

/** How long running answers may go on after a service is stopped, in seconds. */
export const DRAIN_SECONDS = 90;

/** Its description in lists of services. */
export const DESCRIPTION = "Codex Sidecar: keeps Codex sessions alive on other providers' models";

/** The text of the mark; no file format needs an escape in it. */
export function writeMark({ by, port }: ServiceMark): string {
  return `Written by codex-sidecar (${by}; port ${port})`;
}

/** Finds the mark in a file, also in UTF-16 that was read as single bytes; `undefined` where the file is not ours. */
export function readMark(text: string): ServiceMark | undefined {
  const form =
    /Written by codex-sidecar \((sidecar init|sidecar service install); port (\d{1,5})\)/;
  const found = form.exec(text.replaceAll("\0", ""));
  return found ? { by: found[1] as Installer, port: Number(found[2]) } : undefined;
}

/**
 * Refuses texts that no service file can hold: line breaks, control characters, lone surrogates.
 *
 * @throws {Failure} `bad_config` that names the text, and never the value of a variable
 */
export function refuseUnwritable({ command, env, envFile, home }: Service): void {
  const texts: [name: string, text: string][] = [
    ["the path of the program", command[0]],
    ...command.slice(1).map((word): [string, string] => [`the argument ${shown(word)}`, word]),
    ["the home folder", home],
    ["the folder of the settings", envFile],
    ...Object.entries(env).flatMap(([name, value]): [string, string][] => [
      [`the name of the variable ${shown(name)}`, name],
      [`the variable ${shown(name)}`, value],
    ]),
  ];
  const bad = texts.find(([, text]) => !text.isWellFormed() || UNWRITABLE.test(text));
  if (bad === undefined) return;
  throw new Failure(
    "bad_config",
    `A service cannot be written: ${bad[0]} holds a line break or another control character`,
    { hint: "Rename it, or leave it out, and run the command again" },
  );
}

// Control characters, and the non-characters that neither XML nor systemd takes
const UNWRITABLE = /[\p{Cc}\u2028\u2029\p{Noncharacter_Code_Point}]/u;

function shown(text: string): string {
  return JSON.stringify(text);
}
