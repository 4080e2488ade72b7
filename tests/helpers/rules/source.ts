/**
 * TypeScript source told apart into code, strings and comments, for rules that read text.
 *
 * A scanner, no parser: it knows where a string, template, comment or regular expression begins and ends,
 * which is all that the rules of `architecture.ts` need.
 *
 * @module
 */

/** One source text, taken apart; what was taken out of `code` leaves blanks, so that line numbers still hold. */
export interface Source {
  /** Neither comments nor the insides of strings, templates and regular expressions. */
  readonly code: string;
  /** Code and strings, no comments. */
  readonly spoken: string;
  /** What the module imports or re-exports from, in order. */
  readonly imports: readonly Import[];
}

/** One import or re-export. */
export interface Import {
  readonly from: string;
  readonly kind: "value" | "type" | "dynamic";
}

const IMPORT =
  /\b(?:import|export)\s+(type\s)?[^"'`;()]*?\bfrom\s*(["'])(.+?)\2|\bimport\s*(["'])(.+?)\4|\bimport\s*\(\s*(["'`])(.+?)\6/g;

/** Takes a source text apart. */
export function readSource(text: string): Source {
  let code = "";
  let spoken = "";
  let at = 0;
  // one entry per open `${`: how many braces are open inside it
  const templates: number[] = [];
  const take = (end: number, isCode: boolean, isSpoken: boolean) => {
    const part = text.slice(at, end);
    const blank = part.replace(/[^\n]/g, " ");
    code += isCode ? part : blank;
    spoken += isSpoken ? part : blank;
    at = end;
  };
  const takeTemplate = (from: number) => {
    const end = endOfTemplate(text, from);
    if (text.startsWith("${", end - 2)) templates.push(0);
    take(end, false, true);
  };
  while (at < text.length) {
    const char = text[at] as string;
    const open = templates.length - 1;
    if (text.startsWith("//", at)) take(ends(text, "\n", at), false, false);
    else if (text.startsWith("/*", at)) take(ends(text, "*/", at + 2) + 2, false, false);
    else if (char === '"' || char === "'") take(endOfQuoted(text, at), false, true);
    else if (char === "`") takeTemplate(at + 1);
    else if (char === "/" && startsRegExp(code)) take(endOfRegExp(text, at), false, true);
    else if (char === "}" && templates[open] === 0) {
      templates.pop();
      takeTemplate(at + 1);
    } else {
      if (open >= 0 && char === "{") (templates[open] as number)++;
      if (open >= 0 && char === "}") (templates[open] as number)--;
      take(at + 1, true, true);
    }
  }
  return { code, spoken, imports: [...findImports(code, spoken)] };
}

function* findImports(code: string, spoken: string): Generator<Import> {
  for (const match of spoken.matchAll(IMPORT)) {
    if (!/^(import|export)/.test(code.slice(match.index))) continue; // the words of a string
    const from = match[3] ?? match[5] ?? match[7] as string;
    yield { from, kind: match[7] ? "dynamic" : match[1] ? "type" : "value" };
  }
}

function ends(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found;
}

function endOfQuoted(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== text[start]) at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function endOfTemplate(text: string, start: number): number {
  for (let at = start; at < text.length; at += text[at] === "\\" ? 2 : 1) {
    if (text[at] === "`") return at + 1;
    if (text.startsWith("${", at)) return at + 2;
  }
  return text.length;
}

function startsRegExp(before: string): boolean {
  return /(^|[(,=:[!&|?{};+\-*%~^<>]|\b(return|typeof|case|in|of|yield|await))\s*$/.test(
    before.slice(-80),
  );
}

function endOfRegExp(text: string, start: number): number {
  let inClass = false;
  for (let at = start + 1; at < text.length; at += text[at] === "\\" ? 2 : 1) {
    if (text[at] === "[") inClass = true;
    else if (text[at] === "]") inClass = false;
    else if (text[at] === "/" && !inClass) return at + 1;
    else if (text[at] === "\n") return start + 1;
  }
  return text.length;
}
