/**
 * HTTP dates in the three forms that RFC 9110 §5.6.7 makes a recipient accept.
 *
 * Not `Date.parse`: it reads the third form, which names no zone, as local time.
 *
 * @module
 */

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const TIME = String.raw`(?<h>\d\d):(?<m>\d\d):(?<s>\d\d)`;
const FORMS = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(String.raw`^\w{3}, (?<day>\d\d) (?<month>\w{3}) (?<year>\d{4}) ${TIME} GMT$`, "i"),
  // Sunday, 06-Nov-94 08:49:37 GMT
  new RegExp(String.raw`^\w{6,9}, (?<day>\d\d)-(?<month>\w{3})-(?<year>\d\d) ${TIME} GMT$`, "i"),
  // Sun Nov  6 08:49:37 1994
  new RegExp(String.raw`^\w{3} (?<month>\w{3}) (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`, "i"),
];
const HALF_CENTURY = 50 * 365.25 * 86_400_000;

/**
 * Milliseconds since the epoch, or `undefined` when `text` is no HTTP date.
 *
 * @param wallNow Now, to place a year of two digits: one that would lie over 50 years ahead is of the last century.
 */
export function parseHttpDate(text: string, wallNow: number): number | undefined {
  for (const form of FORMS) {
    const part = form.exec(text.trim())?.groups;
    if (part === undefined) continue;
    const month = MONTHS.indexOf((part.month ?? "").toLowerCase());
    if (month < 0) return undefined;
    const at = (year: number) =>
      Date.UTC(year, month, Number(part.day), Number(part.h), Number(part.m), Number(part.s));
    const year = Number(part.year);
    if (part.year?.length !== 2) return at(year);
    return at(2000 + year) - wallNow > HALF_CENTURY ? at(1900 + year) : at(2000 + year);
  }
  return undefined;
}
