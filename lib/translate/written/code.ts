/**
 * Knows whether a Markdown text so far ends inside of code or of a quotation, where marks are only text.
 *
 * @module
 */

/** Characters at the beginning of a line that are kept: a fence, or the sign of a quotation. */
const LINE = 16;

/** A text that grows, line by line. */
export class Code {
  /** The fence that is open: its character and its length. */
  #fence: { readonly sign: string; readonly length: number } | undefined;
  /** The beginning of the line, without the blanks before it. */
  #line = "";
  /** Blanks before it; a tab counts as four. */
  #indent = 0;
  /** Whether a backtick stood in the line behind its beginning. */
  #ticked = false;
  /** Length of the run of backticks that opened a span; 0 outside of one. */
  #span = 0;
  /** Backticks at the end of the text. */
  #run = 0;
  /** Whether an indented line is code now: the line before was blank, with text before it, or was such code. */
  #mayIndent = false;
  #hasText = false;

  /** Whether the next character is in code or quoted. */
  get inside(): boolean {
    if (this.#fence || this.#line.startsWith(">")) return true;
    if (this.#indent >= 4 && this.#mayIndent) return true;
    return this.#spanAfter() > 0;
  }

  /** A copy with the same state. */
  copy(): Code {
    const copy = new Code();
    copy.#fence = this.#fence;
    copy.#line = this.#line;
    copy.#indent = this.#indent;
    copy.#ticked = this.#ticked;
    copy.#span = this.#span;
    copy.#run = this.#run;
    copy.#mayIndent = this.#mayIndent;
    copy.#hasText = this.#hasText;
    return copy;
  }

  /** Takes the text that follows. */
  pass(text: string): void {
    let from = 0;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
      this.#add(text.slice(from, at));
      this.#newline();
      from = at + 1;
    }
    this.#add(from === 0 ? text : text.slice(from));
  }

  /** The span once the run of backticks at the end is over. */
  #spanAfter(): number {
    if (this.#run === 0) return this.#span;
    if (this.#span === 0) return this.#run;
    return this.#span === this.#run ? 0 : this.#span;
  }

  #add(piece: string): void {
    let at = 0;
    if (this.#line === "") {
      for (; at < piece.length && /\s/.test(piece.charAt(at)); at++) {
        this.#indent += piece[at] === "\t" ? 4 : 1;
      }
    }
    if (at === piece.length) return;
    this.#ticks(piece, at);
    if (this.#line.length < LINE) this.#line += piece.slice(at, at + LINE - this.#line.length);
  }

  #ticks(piece: string, begin: number): void {
    let from = begin;
    for (let at = piece.indexOf("`", from); at >= 0; at = piece.indexOf("`", from)) {
      if (at > from) this.#endRun();
      let end = at + 1;
      while (piece[end] === "`") end++;
      this.#run += end - at;
      if (this.#line.replaceAll("`", "") !== "" || (at > begin)) this.#ticked = true;
      from = end;
    }
    if (from < piece.length) this.#endRun();
  }

  #endRun(): void {
    this.#span = this.#spanAfter();
    this.#run = 0;
  }

  #newline(): void {
    const [run = ""] = /^(?:`{3,}|~{3,})/.exec(this.#line) ?? [];
    if (run !== "") this.#fenceLine(run);
    this.#mayIndent = this.#line === "" ? this.#hasText : this.#indent >= 4 && this.#mayIndent;
    this.#hasText ||= this.#line !== "";
    this.#line = "";
    this.#indent = this.#span = this.#run = 0;
    this.#ticked = false;
  }

  #fenceLine(run: string): void {
    const sign = run.charAt(0);
    const { length } = run;
    if (this.#fence) {
      const bare = this.#line.trimEnd() === run;
      if (bare && sign === this.#fence.sign && length >= this.#fence.length) {
        this.#fence = undefined;
      }
      return;
    }
    // A line such as ```x``` is inline code; the line of a fence has no other ticks.
    if (sign === "~" || !this.#ticked) this.#fence = { sign, length };
  }
}
