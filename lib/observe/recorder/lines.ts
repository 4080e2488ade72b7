/**
 * Turns the facts of one exchange into the lines of its recording (`recording.ts`), without secrets.
 *
 * A text reaches a line in two ways only: its field is in the list of readable names, or it passed through `hide`.
 *
 * @module
 */

import { headerSecrets } from "../../base/secrets/sources.ts";
import type { Json } from "../../base/json.ts";
import type { ExchangeRecord, ExchangeStart, UpstreamFact } from "../observer.ts";
import { mask } from "./mask.ts";
import { hide } from "./private.ts";
import { plainHeaders, shapeOf } from "./shape.ts";
import { FORMAT } from "./recording.ts";

/** The facts of one exchange, as a recorder collects them. */
export interface Tape {
  readonly start: ExchangeStart;
  /** When it began, in milliseconds since the epoch. */
  readonly wall: number;
  readonly facts: Fact[];
  /** Bytes of answers in {@link facts}. */
  size: number;
  record: ExchangeRecord | undefined;
}

/** One event, `at` milliseconds after the request. */
export type Fact =
  | (UpstreamFact & { readonly at: number })
  | { readonly kind: "dropped"; readonly at: number; bytes: number };

/** The settings of {@link recordingLines}. */
export interface RecordingOptions {
  readonly version: string;
  /** Whether texts stay readable. */
  readonly keepContent: boolean;
  /** Salt of the digests, so that they cannot be compared with digests of known texts. */
  readonly salt: string;
  /** Folders whose names are hidden: the home of this user. */
  readonly homes: readonly string[];
}

interface Chunk {
  readonly line: number;
  readonly end: number;
}

/** Makes the lines. Yields often, so that the caller can let other work run. */
export function* recordingLines(
  { start, wall, facts, record }: Tape,
  { version, keepContent, salt, homes }: RecordingOptions,
): Generator<void, string[]> {
  const known = [...headerSecrets(start.headers), ...(start.secrets ?? []), ...homes];
  const { id, target, body } = start;
  const lines: Json[] = [
    {
      kind: "recording",
      format: FORMAT,
      at: new Date(wall).toISOString(),
      sidecar: version,
      content: keepContent ? "kept" : "masked",
    },
    {
      kind: "request",
      id,
      upstream: hide(target.name, known),
      provider: target.profile.name,
      wire: target.wire,
      model: hide(String(body.model ?? ""), known),
      path: "/responses",
      timeouts: plain(target.timeouts),
      retry: plain(target.retry),
      headers: plainHeaders(start.headers, known),
      body: shapeOf(body, { keep: keepContent, salt, known }),
    },
  ];
  yield;
  for (let from = 0; from < facts.length;) {
    const next = facts.findIndex(({ kind }, i) => i > from && kind === "sent");
    const to = next < 0 ? facts.length : next;
    lines.push(...yield* attemptLines(facts.slice(from, to), { keep: keepContent, known }));
    from = to;
  }
  if (record) {
    lines.push({ kind: "outcome", ...plain(record), ...hiddenMessage(record.message, known) });
  }
  const out: string[] = [];
  for (const line of lines) {
    out.push(JSON.stringify(line));
    yield;
  }
  return out;
}

function* attemptLines(
  facts: readonly Fact[],
  { keep, known }: { keep: boolean; known: readonly string[] },
): Generator<void, Json[]> {
  // A byte order mark is one of the faults to record.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const chunks: Chunk[] = [];
  const texts: string[] = [];
  let status = 200;
  let end = 0;
  const lines: Json[] = [];
  for (const { at, ...fact } of facts) {
    switch (fact.kind) {
      case "sent":
      case "ended":
        lines.push({ kind: fact.kind, at: round(at) });
        break;
      case "head":
        status = fact.status;
        lines.push({
          kind: "head",
          at: round(at),
          status,
          headers: plainHeaders(fact.headers, known),
        });
        break;
      case "broke":
        lines.push({
          kind: "broke",
          at: round(at),
          code: fact.code,
          ...hiddenMessage(fact.message, known),
        });
        break;
      case "dropped":
        lines.push({ kind: "dropped", at: round(at), bytes: fact.bytes });
        break;
      case "bytes": {
        const text = decoder.decode(fact.bytes, { stream: true });
        texts.push(text);
        end += text.length;
        chunks.push({ line: lines.length, end });
        lines.push({ kind: "data", at: round(at), text: "" });
      }
    }
  }
  const clean = yield* mask(texts.join(""), { keep, known, refusal: status >= 400 });
  let from = 0;
  for (const { line, end } of chunks) {
    lines[line] = { ...lines[line] as object, text: clean.slice(from, end) };
    from = end;
  }
  return lines;
}

function hiddenMessage(
  message: string | undefined,
  known: readonly string[],
): { message?: string } {
  return message === undefined ? {} : { message: hide(message, known) };
}

/** Values that hold no text of a user or provider, as JSON. */
function plain(value: object): { [key: string]: Json } {
  return JSON.parse(JSON.stringify(value));
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
