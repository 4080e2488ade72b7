/**
 * Finds the lines of an event stream that are a JSON object and no field: that is how gateways break into a stream
 * that is not theirs, without `data:` and often without an end of line.
 *
 * @module
 */

import { isObject, parseJson } from "../base/json.ts";

/** A longer line is no error message. */
const MAX_LINE = 64 * 1024;

/** Watches the text of one stream go by. */
export class BareJson {
  /** The last character before the text to come. */
  #last = "\n";
  /** A line that began with a brace and has not ended. */
  #line: string | undefined;

  /** Takes text, cut anywhere; returns the objects whose lines it ended. */
  push(text: string): string[] {
    const found: string[] = [];
    let rest = text;
    while (rest !== "") {
      if (this.#line === undefined) {
        const at = start(this.#last + rest);
        this.#last = rest.slice(-1);
        if (at < 0) break;
        this.#line = "";
        rest = rest.slice(at);
      }
      const end = rest.search(/[\r\n]/);
      this.#line += end < 0 ? rest : rest.slice(0, end);
      if (this.#line.length > MAX_LINE) this.#line = undefined;
      if (end < 0) break;
      found.push(...this.end());
      this.#last = "\n";
      rest = rest.slice(end + 1);
    }
    return found;
  }

  /** The text is over. */
  end(): string[] {
    const line = this.#line ?? "";
    this.#line = undefined;
    return isObject(line === "" ? undefined : parseJson(line)) ? [line] : [];
  }
}

/** Where a brace follows the end of a line: in the text behind its first character, or -1. */
function start(text: string): number {
  const ends = [text.indexOf("\n{"), text.indexOf("\r{")].filter((at) => at >= 0);
  return ends.length === 0 ? -1 : Math.min(...ends);
}
