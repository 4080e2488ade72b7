/**
 * `sidecar version`: what a bug report should name, and, only where it is asked for, whether there is a newer release.
 *
 * @module
 */

import { cleanAll, cleanText } from "../../base/clean.ts";
import { displayJson } from "../../base/display.ts";
import type { Build } from "../../base/version/build.ts";
import { showBuild } from "../../base/version/build.ts";
import { systemClock } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { compareVersions, parseVersion } from "../../base/version/semver.ts";
import { type ExitCode, type Terminal, terminal } from "../shared/output.ts";
import { newestRelease, type Release } from "./check.ts";

/** The command's options. */
export interface VersionOptions {
  readonly build: Build;
  readonly json?: boolean | undefined;
  readonly check?: boolean | undefined;
  /** Where to ask in place of GitHub. */
  readonly from?: string | undefined;
}

/** How this build stands to the newest release. */
export type Standing = "newest" | "older" | "ahead";

/**
 * Runs the command.
 *
 * @throws {Failure} `bad_usage`, where nobody can be asked; any other code, where no answer came that can be used
 */
export async function showVersion(
  options: VersionOptions,
  shown: Terminal = terminal,
): Promise<ExitCode> {
  const { build, json = false, check = false, from } = options;
  if (from !== undefined && !check) {
    throw new Failure("bad_usage", "--from says where to ask, but --check is not given", {
      hint: "Add --check",
    });
  }
  const { deno, v8, typescript } = Deno.version;
  const facts = { ...build, deno, v8, typescript, target: Deno.build.target };
  const newest = check ? await newestRelease(from ?? releasesOf(build), systemClock) : undefined;
  const standing = newest && standingOf(build, newest);
  if (json) {
    const { version, page = null } = newest ?? {};
    const more = newest ? { standing, newest: { version, page } } : {};
    shown.out(`${displayJson(cleanAll({ ...facts, ...more }), 2)}\n`);
  } else if (newest && standing) {
    shown.out(`${cleanText(standingText(build, newest, standing))}\n`);
  } else {
    const rows = { sidecar: showBuild(build), deno, v8, typescript, target: facts.target };
    for (const [name, value] of Object.entries(rows)) shown.out(`${name.padEnd(12)}${value}\n`);
  }
  return 0;
}

function releasesOf({ repository }: Build): string {
  if (repository !== null) return `https://api.github.com/repos/${repository}/releases/latest`;
  throw new Failure("bad_usage", "This build does not know where its releases are", {
    hint: "It was made from a checkout: git pull updates it; or name an address with --from URL",
  });
}

function standingOf({ version }: Build, newest: Release): Standing {
  const own = parseVersion(version);
  if (!own) {
    throw new Failure("internal", `This build calls itself ${version}, which is no version`);
  }
  const order = compareVersions(own, newest.parsed);
  return order === 0 ? "newest" : order < 0 ? "older" : "ahead";
}

function standingText(build: Build, { version, page }: Release, standing: Standing): string {
  const own = showBuild(build);
  if (standing === "newest") return `${own} is the newest release`;
  if (standing === "ahead") return `${own} is ahead of the newest release, ${version}`;
  const rows = [
    `${version} is released; this is ${own}`,
    ...(page === undefined ? [] : [`  ${page}`]),
    "To upgrade, run the install script again, or put the new binary in the place of this one;",
    "then stop the sidecar and start it. Settings and what init changed stay as they are.",
  ];
  return rows.join("\n");
}
