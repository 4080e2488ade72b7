/**
 * The parts of a plan for Codex's files, collected one after another.
 *
 * @module
 */

import { asFailure } from "../../base/errors.ts";
import type { PlannedFile } from "./plan_home.ts";
import { readBytes } from "../text_file.ts";
import { applyFiles, backUpFiles, type FileChange } from "../file_changes.ts";
import type {
  CodexTry,
  Edit,
  PatchContext,
  Plan,
  PlanProblem,
  Preview,
  RetiredFinding,
} from "../integration.ts";

/** Collects the parts of a plan. */
export class Draft {
  readonly found: string[] = [];
  readonly edits: Edit[] = [];
  readonly previews: Preview[] = [];
  readonly problems: PlanProblem[] = [];
  readonly changes: FileChange[] = [];
  readonly retired: RetiredFinding[] = [];
  readonly tries: CodexTry[] = [];
  lacksProvider = true;

  constructor(readonly context: PatchContext) {}

  /** Plans one file; a failure becomes a problem of that file. */
  async part(file: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      const { code, message, facts: { hint } } = asFailure(error);
      if (code === "bad_usage" || code === "internal") throw error;
      this.problems.push({ file, why: message, ...(hint === undefined ? {} : { hint }) });
    }
  }

  change(path: string, before: FileChange["before"], after: FileChange["after"]): void {
    this.changes.push({ path, before, after });
  }

  done(): Plan {
    const { context: { disk }, found, edits, previews, problems, changes, tries, lacksProvider } =
      this;
    return {
      place: "codex",
      found,
      edits,
      previews,
      problems,
      lacksProvider,
      tries,
      retired: this.retired,
      backup: (dir) => backUpFiles(disk, dir, "codex", changes),
      apply: () => applyFiles(disk, changes),
    };
  }
}

/** Takes the change of one file into the plan. */
export function take(
  draft: Draft,
  { file: { path, name, text, bytes }, ...next }: PlannedFile,
): void {
  if (next.edits.length === 0) return;
  const place = "codex";
  if (!bytes) draft.edits.push({ place, file: path, key: [], after: "created" });
  draft.edits.push(...next.edits.map((edit) => ({ ...edit, place, file: path } as const)));
  draft.previews.push({ title: name, before: text, after: next.text });
  draft.change(path, bytes, new TextEncoder().encode(next.text));
}

/** Writes a list of models, which `undo` removes; one that is there and the same stays. */
export async function takeList(
  draft: Draft,
  path: string,
  list: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const there = await readBytes(draft.context.disk, path);
  if (there && new TextDecoder().decode(there) === new TextDecoder().decode(list)) return;
  draft.change(path, there, list);
  draft.edits.push({ place: "codex", file: path, key: [], after: "created" });
}
