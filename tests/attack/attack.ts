/**
 * What an attack is: something a provider sends, and what must come of it.
 *
 * @module
 */

import type { Buffer } from "node:buffer";

/** A connection of the sidecar's, as an attack writes on it. */
export interface Out {
  /** Whether somebody still reads. */
  readonly open: boolean;
  /** Puts bytes on the socket as they are and waits while its buffer is full. */
  write(bytes: string | Uint8Array): Promise<void>;
}

/** An answer as the client got it. */
export interface Got {
  readonly status: number;
  /** The whole body of an honest row, the last 64 KiB otherwise. */
  readonly text: string;
}

/** What an attack knows of the request it answers. */
export interface Ask {
  /** How much of everything: 1 in the suite, more where somebody has the time. */
  readonly scale: number;
  /** 0 for the first request of the row, 1 for the second, … */
  readonly turn: number;
  /** Head and body. */
  readonly request: Buffer;
}

/** One row of the table. */
export interface Attack {
  /** A plain phrase. */
  readonly name: string;
  readonly wire: "responses" | "chat";
  /** What the provider sends for one request; it ends by returning. */
  play(out: Out, ask: Ask): Promise<void>;
  /** How many requests are sent, one after the other. Default 1. */
  readonly asks?: number;
  /** The request's body. Default: a short one. */
  readonly body?: (scale: number) => Record<string, unknown>;
  /** For honest rows: throws unless the answer is whole and right. Others only have to end in words. */
  readonly honest?: (got: Got, scale: number) => void;
}

/** A mebibyte. */
export const MIB = 1024 ** 2;

/** Bytes put together before a write. */
const BATCH = 32_768;

/** A response head without a length: the body ends with the connection. */
export function head(
  status = 200,
  type = "text/event-stream",
  more: Readonly<Record<string, string>> = {},
): string {
  const lines = Object.entries(more).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `HTTP/1.1 ${status} Any\r\ncontent-type: ${type}\r\n${lines}connection: close\r\n\r\n`;
}

/** Writes texts one after the other, many in a write, until nobody reads any more. */
export async function pour(out: Out, texts: Iterable<string>): Promise<void> {
  let batch = "";
  for (const text of texts) {
    batch += text;
    if (batch.length < BATCH) continue;
    await out.write(batch);
    batch = "";
    if (!out.open) return;
  }
  await out.write(batch);
}

/** The same text until so many bytes are out. */
export function* again(text: string, bytes: number): Generator<string> {
  const piece = text.repeat(Math.max(1, Math.floor(BATCH / text.length)));
  for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
}

/** An event of the Responses wire. */
export function event(type: string, fields: Record<string, unknown>): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

/** A chunk of the Chat wire. */
export function chunk(delta: unknown, finish: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", choices })}\n\n`;
}

/** How a good answer of the Chat wire ends. */
export function chatEnd(finish: string): string {
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  return chunk({}, finish) +
    `data: ${JSON.stringify({ id: "c", choices: [], usage })}\n\ndata: [DONE]\n\n`;
}

/** How a Responses answer begins. */
export function responsesStart(): string {
  return event("response.created", {
    response: { id: "resp_1", object: "response", status: "in_progress" },
  });
}

/** How a good one ends. */
export function responsesEnd(output: readonly unknown[]): string {
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  return event("response.completed", {
    response: { id: "resp_1", object: "response", status: "completed", output, usage },
  });
}

/** Text in pieces of so many characters. */
export function* pieces(text: string, size: number): Generator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}
