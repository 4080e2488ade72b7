/**
 * Files that somebody protected against writing: `chmod 444` is a wish that a rename would pass over.
 *
 * @module
 */

import { cleanLine } from "../../base/clean.ts";
import { Failure } from "../../base/errors.ts";
import type { PatchStep } from "../../patch/apply.ts";
import { shortPath } from "../../patch/folders.ts";
import { statFile } from "../../patch/text_file.ts";
import type { Machine } from "../shared/this_machine.ts";
import type { PatchOptions } from "./patching.ts";

const ANYBODY_WRITES = 0o222;

/** A sentence for each file that the steps change and that nobody may write. */
export async function writeProtected(
  steps: readonly PatchStep[],
  { system, env, disk }: Pick<Machine, "system" | "env" | "disk">,
): Promise<string[]> {
  const files = new Set(steps.flatMap(({ plan }) => plan.edits.map(({ file }) => file)));
  const out: string[] = [];
  for (const file of files) {
    const mode = (await statFile(disk, file))?.mode ?? 0;
    if (mode === 0 || (mode & ANYBODY_WRITES) !== 0) continue;
    const octal = mode.toString(8).padStart(4, "0");
    out.push(cleanLine(`${shortPath(system, env, file)} is write-protected (mode ${octal})`));
  }
  return out;
}

/**
 * Refuses to change such files without asking.
 *
 * @throws {Failure} `bad_config` where there are some and nobody is asked
 */
export function refuseProtected(protectedFiles: readonly string[], { yes }: PatchOptions): void {
  if (protectedFiles.length === 0 || !yes) return;
  throw new Failure(
    "bad_config",
    `${protectedFiles.join("; ")}, and --yes does not answer for that`,
    {
      hint:
        "Run it without --yes to be asked, or make the file writable: chmod u+w. Nothing was changed",
    },
  );
}
