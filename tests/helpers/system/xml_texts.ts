/**
 * The texts of the elements of one name, as a reader of XML sees them.
 *
 * @module
 */

const CHARACTERS: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** In the order of the document. Throws where a text holds what may not stand there. */
export function xmlTexts(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map(([, text]) =>
    (text as string).replace(/&(\w*;?)/g, (all, entity: string) => {
      const found = entity.endsWith(";") ? CHARACTERS[entity.slice(0, -1)] : undefined;
      if (found === undefined) throw new SyntaxError(all);
      return found;
    })
  );
}
