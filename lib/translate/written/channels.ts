/**
 * Splits text that still holds the channels of its model's format (harmony): `analysis` is reasoning, `final` and
 * `commentary` are text, a message to a tool stays as it is, for {@link WrittenCalls}.
 *
 * A channel begins at the start of the text, behind the end of another, or with the whole head of a message. Anywhere else its
 * marks are only text (docs/facts/written-calls.md §3).
 *
 * @module
 */

import { Marks } from "./marks.ts";
import { RECIPIENTS } from "./recipients.ts";
import { Scan } from "./scan.ts";
import { StrippedTokens } from "./stripped_tokens.ts";

/** A piece of text by its channel. */
export interface ChannelPiece {
  readonly kind: "text" | "reasoning";
  readonly text: string;
}

const START = "<|start|>assistant";
const ENDS = ["<|end|>", "<|return|>"];
const KINDS = [
  ["<|channel|>analysis<|message|>", "reasoning"],
  ["<|channel|>final<|message|>", "text"],
  ["<|channel|>final <|constrain|>json<|message|>", "text"],
  ["<|channel|>final json<|message|>", "text"],
  ["<|channel|>commentary<|message|>", "text"],
] as const;

/** Each opening mark -> what it opens. */
const OPENS = new Map<string, ChannelPiece["kind"]>(
  KINDS.flatMap(([mark, kind]) => [[mark, kind], [START + mark, kind]] as const),
);
/** The heads that are marks in the middle of a text, with the end of the message before them. */
const HEADS = new Map<string, ChannelPiece["kind"]>(
  KINDS.flatMap(([mark, kind]) =>
    ["", ...ENDS].map((end) => [`${end}${START}${mark}`, kind] as const)
  ),
);

const AT_START = new Marks([...OPENS.keys()]);
const IN_TEXT = new Marks([...HEADS.keys()]);
const IN_CHANNEL = new Marks([...OPENS.keys(), ...ENDS]);
const IN_REASONING = new Marks([...OPENS.keys(), ...ENDS, ...RECIPIENTS, "<|call|>"]);

/** Splits the text of one message. */
export class Channels {
  /** `start`: only blanks since the beginning or since a channel ended. */
  #phase: "start" | "text" | "channel" | "reasoning" = "start";
  readonly #scan = new Scan();
  /** Reads the text before its channels, as long as its tokens may have been taken away. */
  #stripped: StrippedTokens | undefined = new StrippedTokens();

  #channelled = false;

  /** Whether marks of channels were found. */
  get channelled(): boolean {
    return this.#channelled;
  }

  /** Whether text is held back. */
  get holds(): boolean {
    return !this.#scan.empty || this.#stripped?.holds === true;
  }

  push(text: string): ChannelPiece[] {
    if (!this.#stripped) return this.#split(text);
    const own = this.#stripped.push(text);
    if (own === "") return [];
    this.#channelled ||= this.#stripped.found;
    if (this.#stripped.over) this.#stripped = undefined;
    return this.#split(own);
  }

  #split(text: string): ChannelPiece[] {
    if (this.#phase === "text" && this.#scan.plain(text, IN_TEXT)) return [{ kind: "text", text }];
    this.#scan.feed(text);
    const out: ChannelPiece[] = [];
    for (;;) {
      if (this.#phase === "start" && !this.#mayBegin()) this.#phase = "text";
      const reasoning = this.#phase === "reasoning";
      const { text, mark } = this.#scan.take(this.#marks(), !reasoning);
      // Blanks between channels are nobody's.
      if (text !== "" && !(this.#phase === "start" && this.#channelled)) {
        out.push({ kind: reasoning ? "reasoning" : "text", text });
      }
      if (mark === undefined) return out;
      this.#channelled = true;
      const opened = OPENS.get(mark) ?? HEADS.get(mark);
      if (opened !== undefined) this.#phase = opened === "reasoning" ? "reasoning" : "channel";
      else if (RECIPIENTS.includes(mark)) {
        this.#phase = "text";
        out.push({ kind: "text", text: mark });
      } else this.#phase = "start";
    }
  }

  /** The text has ended: returns what was held back. */
  end(): ChannelPiece[] {
    const own = this.#stripped?.end() ?? "";
    this.#stripped = undefined;
    const pieces = own === "" ? [] : this.#split(own);
    const text = this.#scan.flush();
    if (text === "") return pieces;
    return [...pieces, { kind: this.#phase === "reasoning" ? "reasoning" : "text", text }];
  }

  /** Whether a channel may begin with what is there, or with what follows blanks. */
  #mayBegin(): boolean {
    const text = this.#scan.rest.trimStart();
    return AT_START.all.some((mark) => text.startsWith(mark) || mark.startsWith(text));
  }

  #marks(): Marks {
    switch (this.#phase) {
      case "start":
        return AT_START;
      case "text":
        return IN_TEXT;
      case "channel":
        return IN_CHANNEL;
      case "reasoning":
        return IN_REASONING;
    }
  }
}
