/**
 * Whether the installed Codex still starts with what `init` is about to write: it is asked, in a home of its own, before
 * anything is written. What Codex refuses changes with its versions; it alone knows.
 *
 * @module
 */

import type { ConfigFile } from "./files.ts";
import { folderOf } from "../folders.ts";
import { literal } from "../text/toml_edit.ts";
import { type Clock, sleep } from "../../base/clock.ts";
import { filled } from "../../base/json.ts";
import type { CodexTry, Plan, Preview } from "../integration.ts";
import { readToml, type TomlDoc } from "../text/toml_doc.ts";
import { Failure } from "../../base/errors.ts";

/** What Codex says to a home. */
export interface CodexVerdict {
  readonly loads: boolean;
  /** Its reason, one line without keys; empty where it loads. */
  readonly why: string;
}

/**
 * Asks the installed Codex whether it loads a home: that of a path, or a new one that holds these files and is removed
 * afterwards. `undefined`: there is no Codex, or it did not answer in time.
 */
export type AskCodex = (
  home: string | Readonly<Record<string, string>>,
) => Promise<CodexVerdict | undefined>;

/** What the tries came to. */
export interface LoadFindings {
  /** Why nothing may be written, one line for each text; empty where everything may. */
  readonly problems: readonly string[];
  /** Lines for the user: what could not be tried. */
  readonly notes: readonly string[];
}

/** The most texts that are tried, and the longest that all tries may take, in milliseconds. */
const MAX_TRIES = 12;
const LIMIT_MS = 20_000;

const SKIPPED = "whether Codex still starts with these settings was not tried";

/** Tries every text. Never rejects for what Codex says. */
export async function triedByCodex(
  tries: readonly CodexTry[],
  ask: AskCodex,
  clock: Clock,
): Promise<LoadFindings> {
  const until = clock.now() + LIMIT_MS;
  const problems: string[] = [];
  const notes: string[] = [];
  for (const [at, one] of tries.entries()) {
    if (at >= MAX_TRIES || clock.now() >= until) {
      notes.push(`Of ${tries.length} texts Codex was asked about ${at}; the others were not tried`);
      break;
    }
    const found = await inTime(tried(one, ask), until, clock);
    if (found === undefined) {
      notes.push(`No codex on the PATH answered: ${SKIPPED}`);
      break;
    }
    if (found.problem !== undefined) problems.push(found.problem);
    if (found.note !== undefined) notes.push(found.note);
  }
  return { problems, notes };
}

interface Tried {
  readonly problem?: string;
  readonly note?: string;
}

async function tried(one: CodexTry, ask: AskCodex): Promise<Tried | undefined> {
  const { name, home, after, before } = one;
  const now = await ask(after);
  if (now === undefined) return undefined;
  if (now.loads) return {};
  const earlier = await ask(before);
  if (earlier === undefined) return undefined;
  if (earlier.loads) {
    return { problem: `Codex would not start with ${name} as init writes it: ${now.why}` };
  }
  // A row that Codex refuses as it is may be one that its switcher converts
  if (home === undefined) return {};
  const there = Object.keys(before).length === 0 ? undefined : await ask(home);
  if (there?.loads) return { note: `${name}: ${SKIPPED}; it names files of its own home` };
  return { problem: `Codex does not start with ${name}: ${now.why}` };
}

async function inTime<T>(run: Promise<T>, until: number, clock: Clock): Promise<T | undefined> {
  const stop = new AbortController();
  const late = sleep(clock, Math.max(0, until - clock.now()), stop.signal).then(
    () => undefined,
    (error: unknown) => {
      // Stopped: the answer came first
      if (!(error instanceof Error)) throw error;
      return undefined;
    },
  );
  try {
    return await Promise.race([run, late]);
  } finally {
    stop.abort();
  }
}

/** The tries of several plans: every home of Codex, then one text for each provider's id of the switchers' rows. */
export function triesOf(plans: readonly Plan[]): CodexTry[] {
  const homes = plans.flatMap(({ tries = [] }) => tries);
  const rows = plans.filter(({ place }) => place !== "codex").flatMap(({ previews }) => previews);
  const seen = new Set<string>();
  return [
    ...homes,
    ...rows.flatMap((row) => {
      const id = providerOf(row);
      if (id === undefined || seen.has(id)) return [];
      seen.add(id);
      const { title, before, after } = row;
      return [{
        name: title,
        before: { "config.toml": before },
        after: { "config.toml": after },
      }];
    }),
  ];
}

/** The provider that a row's text chooses; `undefined` where it is no config.toml. */
function providerOf({ after }: Preview): string | undefined {
  return filled(parsed(after)?.value.model_provider);
}

function parsed(text: string): TomlDoc | undefined {
  try {
    return readToml(text, "a row");
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** The name of a new list of models in the home in which Codex tries it. */
const TRIED_LIST = "models.json";

/** The change of one file, to be tried. @param made a list of models that the text names and that is not written yet */
export function tryOf(
  { path, name, text, bytes }: ConfigFile,
  after: string,
  made?: { path: string; list: Uint8Array },
): CodexTry {
  const list = made && new TextDecoder().decode(made.list);
  const own = made ? after.replaceAll(literal(made.path), literal(TRIED_LIST)) : after;
  return {
    name,
    home: folderOf(path),
    after: { "config.toml": own, ...list === undefined ? {} : { [TRIED_LIST]: list } },
    before: bytes ? { "config.toml": text } : {},
  };
}
