/**
 * Reads a unit as systemd does: systemd.syntax(7) for quotes and escapes, systemd.unit(5) for specifiers,
 * systemd.service(5) for variables in command lines. Only as much of it as the tests need; anything else throws.
 *
 * @module
 */

/** The values of a unit by `Section.Key`, in their order. */
export function readUnit(text: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  let section = "";
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const title = /^\[(\w+)\]$/.exec(line)?.[1];
    const pair = /^(\w+)=(.*)$/.exec(line);
    if (title) section = title;
    else if (pair && section) {
      const key = `${section}.${pair[1]}`;
      values.set(key, [...values.get(key) ?? [], pair[2] as string]);
    } else throw new SyntaxError(line);
  }
  return values;
}

/** The words of a line, unquoted, specifiers and (but in the first) variables resolved, none of which exists. */
export function unitWords(line: string, variables: boolean): string[] {
  const words: string[] = [];
  const form = /\s*"((?:[^"\\]|\\.)*)"(?=\s|$)/suy;
  while (form.lastIndex < line.length) {
    const found = form.exec(line);
    if (!found) throw new SyntaxError(line);
    const text = (found[1] as string).replace(/\\(.)/gsu, (all, char) => {
      if (char !== "\\" && char !== '"') throw new SyntaxError(all);
      return char;
    });
    const plain = resolve(text, "%");
    words.push(variables && words.length > 0 ? resolve(plain, "$") : plain);
  }
  return words;
}

/** A doubled sign is the sign; a single one would begin something. */
function resolve(text: string, sign: string): string {
  return text.split(sign + sign).map((part) => {
    if (part.includes(sign)) throw new SyntaxError(text);
    return part;
  }).join(sign);
}
