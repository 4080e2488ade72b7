/**
 * Text as one word of a shell, whatever stands in it.
 *
 * @module
 */

/** For bash and zsh: nothing is special between single quotes but the quote itself. */
export function posixQuote(text: string): string {
  return /^[\w.,:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** For fish: a backslash and a quote are special between single quotes. */
export function fishQuote(text: string): string {
  return /^[\w.,:/@%+=-]+$/.test(text) ? text : `'${text.replace(/[\\']/g, "\\$&")}'`;
}

/** For PowerShell: every kind of single quote ends a text and is doubled. */
export function powershellQuote(text: string): string {
  return `'${text.replace(/['\u2018\u2019\u201A\u201B]/g, "$&$&")}'`;
}
