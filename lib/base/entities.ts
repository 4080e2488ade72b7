/**
 * The five characters with a meaning in XML and HTML, and the entities that stand for them: written for a file, read in what a
 * provider or a model wrote.
 *
 * @module
 */

const NAMES = { "&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos" } as const;

/** Their characters by name, the numbers that are written for them included. */
const CHARACTERS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(NAMES).map(([char, name]) => [name, char] as const),
  ["#34", '"'],
  ["#39", "'"],
  ["#x27", "'"],
]);

/** One entity, for patterns: the name without `&` and `;`. */
export const ENTITY_NAME = [...CHARACTERS.keys()].join("|");
const ENTITY = new RegExp(`&(${ENTITY_NAME});`, "gi");

/** The text with each of the five characters as an entity, for use between two tags. XML cannot express control characters. */
export function writeEntities(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&${NAMES[char as keyof typeof NAMES]};`);
}

/** The text with its entities as characters, once: `&amp;lt;` becomes `&lt;`. Others stay. */
export function readEntities(text: string): string {
  return text.replace(ENTITY, (whole, name: string) => CHARACTERS.get(name.toLowerCase()) ?? whole);
}
