/**
 * Text that arrives in many small pieces and is read rarely.
 *
 * Its rule: its memory is in proportion to its length, whatever the pieces were. `+=` makes a tree with a node for each
 * piece, reading that tree copies all of it, and a slice keeps the text it was cut from in memory.
 *
 * @module
 */

/** Most pieces, and most characters in them, that wait to be joined. */
const MOST_PIECES = 32;
const MOST_WAITING = 4096;

/** A text that grows. Adding costs time linear in the piece. Reading costs the length once, then nothing until it grows. */
export class GrowingText {
  #blocks: string[] = [];
  #waiting: string[] = [];
  #waitingLength = 0;
  #length = 0;

  /** @param text its beginning. @default "" */
  constructor(text = "") {
    this.add(text);
  }

  /** Characters so far. */
  get length(): number {
    return this.#length;
  }

  /** Adds a piece at the end. */
  add(piece: string): void {
    if (piece === "") return;
    this.#length += piece.length;
    this.#waitingLength += piece.length;
    const count = this.#waiting.push(piece);
    if (count >= MOST_PIECES || this.#waitingLength >= MOST_WAITING) this.settle();
  }

  /** Replaces the complete text. */
  replace(text: string): void {
    this.#blocks = [];
    this.#waiting = [];
    this.#length = this.#waitingLength = 0;
    this.add(text);
  }

  /** Copies the latest pieces, which frees the texts they were cut from. */
  settle(): void {
    if (this.#waiting.length === 0) return;
    this.#blocks.push(flat(this.#waiting));
    this.#waiting = [];
    this.#waitingLength = 0;
  }

  /** The complete text. */
  toString(): string {
    this.settle();
    if (this.#blocks.length === 0) return "";
    if (this.#blocks.length > 1) this.#blocks = [this.#blocks.join("")];
    return this.#blocks[0] as string;
  }
}

/** One string with memory of its own. Joining a single piece would return that piece, a slice of another text. */
function flat(pieces: readonly string[]): string {
  const [first = ""] = pieces;
  return pieces.length > 1 ? pieces.join("") : [first.slice(0, 1), first.slice(1)].join("");
}
