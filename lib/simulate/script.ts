/**
 * A script is what a provider does with one request, step by step: data, so that it can be built and transformed by
 * pure functions and read back by a test.
 *
 * The steps of a script are defined here; `play.ts` plays it, `responses_script.ts` and `chat_script.ts` write
 * good answers, and the faults change these by the functions of `transform_script.ts`.
 *
 * @module
 */

import type { Json } from "../base/json.ts";

/**
 * A point in an answer where a fault may occur. Both wires mark the same points; on the Chat wire, which has no event
 * for a finished item, `after-*` is the moment the last delta of it is out.
 */
export type ScriptMark =
  | "head"
  | "created"
  | "mid-reasoning"
  | "after-reasoning"
  | "mid-text"
  | "after-message"
  | "mid-arguments"
  | "after-call"
  | "before-end";

/** The response head; the body's framing follows from it. */
export interface Head {
  readonly do: "head";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly framing: "chunked" | "close";
}

/** One step. A script that ends without `eof`, `cut`, `reset` or `hang` ends with `eof`. */
export type ScriptStep =
  | Head
  /** Body bytes, sent as one chunk. */
  | { readonly do: "send"; readonly body: string | Uint8Array }
  /** Bytes put on the socket as they are, outside any framing. */
  | { readonly do: "wire"; readonly bytes: string }
  /** Nothing on the wire: names the point for {@link breakAt} and {@link insertAt}. */
  | { readonly do: "mark"; readonly mark: ScriptMark }
  | { readonly do: "wait"; readonly ms: number }
  /** Waits until the test opens the gate. */
  | { readonly do: "gate"; readonly name: string }
  /** Ends the body as HTTP requires. */
  | { readonly do: "eof" }
  /** Closes the connection in the middle: a chunked body without its last chunk. */
  | { readonly do: "cut" }
  /** Resets the TCP connection. */
  | { readonly do: "reset" }
  /** Sends nothing more and waits until the client leaves. */
  | { readonly do: "hang" };

/** What a provider does with one request. */
export type Script = readonly ScriptStep[];

/** A response head with a chunked body. */
export function head(status: number, headers: Readonly<Record<string, string>> = {}): Head {
  return { do: "head", status, headers, framing: "chunked" };
}

/** The head of a good event stream, and the mark behind it. */
export function streamHead(headers: Record<string, string> = {}): Script {
  return [head(200, { "content-type": "text/event-stream", ...headers }), mark("head")];
}

/** Body bytes. */
export function raw(body: string | Uint8Array): ScriptStep {
  return { do: "send", body };
}

/** A comment line, such as `: ping`. */
export function comment(text = "ping"): ScriptStep {
  return raw(`: ${text}\n\n`);
}

/** An event of the Responses wire, named after its `type`. */
export function event(
  data: { readonly type: string; readonly [key: string]: Json | undefined },
): ScriptStep {
  return raw(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** A message without a name, as the Chat wire sends them; a string goes out as it is. */
export function data(value: Json): ScriptStep {
  return raw(`data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`);
}

/** A point for a fault. */
export function mark(name: ScriptMark): ScriptStep {
  return { do: "mark", mark: name };
}

/** A pause in milliseconds. */
export function wait(ms: number): ScriptStep {
  return { do: "wait", ms };
}

/** A pause until the test opens the gate. */
export function gate(name: string): ScriptStep {
  return { do: "gate", name };
}

export const eof: ScriptStep = { do: "eof" };
export const cut: ScriptStep = { do: "cut" };
export const reset: ScriptStep = { do: "reset" };
export const hang: ScriptStep = { do: "hang" };

/** A complete answer in one body. */
export function body(
  status: number,
  type: string,
  text: string,
  headers: Record<string, string> = {},
): Script {
  return [head(status, { "content-type": type, ...headers }), raw(text), eof];
}

/** A complete JSON answer. */
export function json(status: number, value: Json, headers: Record<string, string> = {}): Script {
  return body(status, "application/json", JSON.stringify(value), headers);
}
