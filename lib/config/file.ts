/**
 * Reads config.yaml into findings, each with its line and column.
 *
 * Knows which keys exist, but not which values are good. Aliases and tags are refused: a settings file needs neither.
 *
 * @module
 */

import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from "yaml";
import type { YAMLError, YAMLMap } from "yaml";
import { adviseKey, type Finding, problem, UPSTREAM_NAME } from "./finding.ts";
import { settings, SETTINGS_VERSION, SHORTHANDS } from "./schema.ts";
import { upstreamSettings } from "./upstream_schema.ts";
import { userSettings } from "./user_schema.ts";

/** The sections whose keys are names of the user's choice, and the keys below each name. */
const NAMED = {
  users: { is: "user", whose: "a user's", keys: Object.keys(userSettings) },
  upstreams: { is: "upstream", whose: "an upstream's", keys: Object.keys(upstreamSettings) },
} as const;

const globalKeys = ["version", ...Object.keys(settings), ...Object.keys(NAMED)];

/** One entry of such a section. */
interface Owner {
  readonly section: keyof typeof NAMED;
  readonly name: string;
}

// The parser's own messages may quote the line, which may hold a key. These never do.
const messages: Partial<Record<YAMLError["code"], string>> = {
  BAD_DQ_ESCAPE: "a double-quoted text holds an unknown escape; use single quotes for backslashes",
  BAD_INDENT: "the indentation does not fit the lines above, or a bracket is not closed",
  BAD_SCALAR_START: "a text may not begin with this character; put it in quotes",
  BLOCK_AS_IMPLICIT_KEY: "a second `key:` on one line; put it on its own line or in quotes",
  DUPLICATE_KEY: "this key stands here for the second time",
  MISSING_CHAR: "a closing quote, bracket, colon or comma is missing before this",
  MULTILINE_IMPLICIT_KEY: "a `:` is missing after this key, or a quote is not closed",
  MULTIPLE_DOCS: "a second document begins; there may be one only",
  TAB_AS_INDENT: "a tab indents this line; use blanks",
  TAG_RESOLVE_FAILED: "a tag (`!…`) stands here; none is known",
  UNEXPECTED_TOKEN: "something stands here that fits nothing before it",
};

/** Reads the text of a configuration file; `file` is its name in messages. */
export function readYaml(text: string, file: string): Finding[] {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0);
    return `${file}:${line || 1}:${col || 1}`;
  };
  const broken = [...doc.errors, ...doc.warnings];
  if (broken.length > 0) {
    return broken.map((error) =>
      problem(`${at(error.pos[0])}: ${messages[error.code] ?? "this is not valid YAML"}`)
    );
  }
  const out: Finding[] = [];
  // The other keys of a newer file may mean something that this sidecar does not know.
  const newer = newerVersion(doc.contents);
  if (newer !== undefined) {
    const { value, offset } = newer;
    const fact = `is ${value}: written for a newer sidecar; this one knows ${SETTINGS_VERSION}`;
    return [problem(`${at(offset)}: version ${fact}. Upgrade the sidecar`)];
  }
  if (isMap(doc.contents)) walk(doc.contents, "", undefined);
  else if (!isEmpty(doc.contents)) {
    out.push(problem(`${at(doc.contents?.range?.[0])}: the file must hold keys, such as listen:`));
  }
  return out;

  function walk(map: YAMLMap, path: string, owner: Owner | undefined): void {
    const known: readonly string[] = owner === undefined ? globalKeys : NAMED[owner.section].keys;
    const root = owner === undefined ? "" : `${owner.section}.${owner.name}.`;
    for (const pair of map.items) {
      const { key, value, label } = read(pair, root + path);
      const full = path + key;
      if (full === "version" && owner === undefined) {
        if (plain(value) !== SETTINGS_VERSION) {
          out.push(problem(`${label} takes ${SETTINGS_VERSION} and nothing else`));
        }
      } else if (isAlias(value)) out.push(problem(`${label} is an alias; write the value out`));
      else if (owner === undefined && isNamed(full)) {
        section(value, label, (inner) => openAll(inner, full));
      } else if (owner === undefined && SHORTHANDS[full]?.words.includes(plain(value))) {
        const at = `${label}`;
        out.push({ is: "value", key: SHORTHANDS[full].key, raw: plain(value), label: at });
      } else if (known.some((one) => one.startsWith(`${full}.`))) {
        section(value, label, (inner) => walk(inner, `${full}.`, owner));
      } else if (known.includes(full) && !key.includes(".")) {
        const label = `${at(value?.range?.[0] ?? offsetOf(pair))}: ${root}${full}`;
        const entry = { is: "value", key: full, raw: plain(value), label } as const;
        out.push(owner === undefined ? entry : { ...entry, [NAMED[owner.section].is]: owner.name });
      } else out.push(problem(`${label} is not a setting${adviseKey(path, key, known)}`));
    }
  }

  function openAll(map: YAMLMap, named: Owner["section"]): void {
    const { is, whose } = NAMED[named];
    for (const pair of map.items) {
      const { key: name, value, label } = read(pair, `${named}.`);
      if (!UPSTREAM_NAME.test(name)) {
        const rule = "letters, digits, dots, hyphens and underscores, a letter first";
        out.push(problem(`${label} cannot be ${whose} name, which takes ${rule}`));
        continue;
      }
      out.push({ is, name, label });
      section(value, label, (inner) => walk(inner, "", { section: named, name }));
    }
  }

  function section(value: Node | null, label: string, inside: (map: YAMLMap) => void): void {
    if (isMap(value)) inside(value);
    else if (!isEmpty(value)) out.push(problem(`${label} takes keys below it, not a value`));
  }

  function read(pair: Pair, path: string) {
    const key = isScalar(pair.key) ? String(pair.key.value) : "?";
    return { key, value: pair.value as Node | null, label: `${at(offsetOf(pair))}: ${path}${key}` };
  }
}

function isNamed(key: string): key is Owner["section"] {
  return Object.hasOwn(NAMED, key);
}

/** The version that a file names, and its offset in the text, where it is above {@link SETTINGS_VERSION}. */
function newerVersion(root: unknown): { value: number; offset: number | undefined } | undefined {
  const pair = isMap(root) ? root.items.find(({ key }) => plain(key) === "version") : undefined;
  const value = plain(pair?.value);
  if (!pair || typeof value !== "number" || !(value > SETTINGS_VERSION)) return undefined;
  return { value, offset: (pair.value as Node).range?.[0] };
}

/** Where a key begins, in characters from the beginning of the text. */
function offsetOf(pair: Pair): number | undefined {
  return (pair.key as Node | null)?.range?.[0];
}

/** A section whose lines are all commented out is no section. */
function isEmpty(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function plain(node: unknown): unknown {
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map(plain);
  return isMap(node) ? {} : null;
}
