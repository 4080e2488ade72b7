/**
 * Text that arrives in many small pieces and is read rarely.
 *
 * Its rule: what it keeps is in proportion to its length, whatever the pieces were. `+=` makes a tree with a node for
 * each piece, every look at it copies all of it, and a slice keeps the text it was cut from.
 *
 * @module
 */

/** Most pieces, and most characters in them, that wait to be joined. */
const MOST_PIECES = 32;
const MOST_WAITING = 4096;

/** A text that grows. Adding costs what the piece costs; reading costs the length once, then nothing until it grows. */
export class GrowingText {
  #blocks: string[] = [];
  #waiting: string[] = [];
  #waitingLength = 0;
  #length = 0;

  /** @param text what it begins with. @default "" */
  constructor(text = "") {
    this.add(text);
  }

  /** Characters so far. */
  get length(): number {
    return this.#length;
  }

  /** Adds a piece. */
  add(piece: string): void {
    if (piece === "") return;
    this.#length += piece.length;
    this.#waitingLength += piece.length;
    const count = this.#waiting.push(piece);
    if (count >= MOST_PIECES || this.#waitingLength >= MOST_WAITING) this.settle();
  }

  /** Becomes another text. */
  replace(text: string): void {
    this.#blocks = [];
    this.#waiting = [];
    this.#length = this.#waitingLength = 0;
    this.add(text);
  }

  /** Frees what the latest pieces were cut from. */
  settle(): void {
    if (this.#waiting.length === 0) return;
    this.#blocks.push(flat(this.#waiting));
    this.#waiting = [];
    this.#waitingLength = 0;
  }

  /** The whole text. */
  toString(): string {
    this.settle();
    if (this.#blocks.length === 0) return "";
    if (this.#blocks.length > 1) this.#blocks = [this.#blocks.join("")];
    return this.#blocks[0] as string;
  }
}

/** One string with memory of its own. Joining a single piece would give back that very piece, a slice of another. */
function flat(pieces: readonly string[]): string {
  const [first = ""] = pieces;
  return pieces.length > 1 ? pieces.join("") : [first.slice(0, 1), first.slice(1)].join("");
}
