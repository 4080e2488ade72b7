/**
 * The file of one recorded exchange: JSON lines in the order of events. The reader trusts none of them.
 *
 * The first line names the format, the second is the request; then follow, for each attempt, `sent`, `head`, `data` for
 * each chunk of the network and `ended` or `broke`; the last line is the outcome. `at`: milliseconds since the request.
 *
 * @module
 */

import { Failure, isDeadline } from "../../base/errors.ts";
import { filled, isObject, type JsonObject, parseJson } from "../../base/json.ts";

/** The version of the format, raised when an older reader would misread it. */
export const FORMAT = 1;

/** How an attempt ended. */
export type Ended =
  /** The upstream ended its body. */
  | "eof"
  /** The connection broke. */
  | "broke"
  /** The upstream sent nothing more until a deadline passed. */
  | "silent"
  /** The sidecar had read enough, or its client left. */
  | "left";

/** A response head. */
interface RecordedHead {
  readonly at: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** One request to the upstream, and its response. */
export interface RecordedAttempt {
  readonly at: number;
  /** `undefined` where none came. */
  readonly head: RecordedHead | undefined;
  readonly data: readonly { readonly at: number; readonly text: string }[];
  readonly end: { readonly at: number; readonly how: Ended; readonly message?: string };
  /** Whether more bytes came that the limits left out. */
  readonly cut: boolean;
}

/** One recorded exchange. */
export interface Recording {
  readonly upstream: string;
  /** The name of the provider's row, which classifies its errors. */
  readonly provider: string;
  readonly wire: "responses" | "chat" | "anthropic";
  readonly model: string;
  /** Whether the texts are the original ones, not masked ones. */
  readonly content: boolean;
  readonly attempts: readonly RecordedAttempt[];
  /** The record of the exchange. */
  readonly outcome: JsonObject;
}

/** The most characters of an unknown name that are shown. */
const MAX_NAME = 40;

/**
 * Parses the text of a recording.
 *
 * @throws {Failure} `bad_usage`, when it is no recording, or one of another format.
 */
export function readRecording(file: string): Recording {
  const lines = file.split("\n").filter((line) => line.trim() !== "").map(parseJson);
  const [first, request] = lines;
  if (!isObject(first) || first.kind !== "recording") {
    throw new Failure("bad_usage", "The file is no recording of the sidecar", {
      hint: "sidecar serve --record DIR writes them",
    });
  }
  if (first.format !== FORMAT) {
    const fact = `The recording has format ${first.format}, and this sidecar reads ${FORMAT}`;
    throw new Failure("bad_usage", fact, { hint: "Use the version of the sidecar that wrote it" });
  }
  const attempts: Building[] = [];
  let outcome: JsonObject = {};
  for (const line of lines) {
    if (!isObject(line)) throw new Failure("bad_usage", "The recording has a line that is broken");
    if (line.kind === "outcome") outcome = line;
    if (line.kind === "sent") {
      attempts.push({ at: time(line), head: undefined, data: [], end: undefined, cut: false });
    }
    const attempt = attempts.at(-1);
    if (attempt) take(attempt, line);
  }
  const asked = isObject(request) ? request : {};
  return {
    upstream: filled(asked.upstream) ?? "",
    provider: filled(asked.provider) ?? "generic",
    // Without an attempt nothing can be played, which the caller reports.
    wire: attempts.length === 0 ? "responses" : wireOf(asked),
    model: filled(asked.model) ?? "",
    content: first.content === "kept",
    attempts: attempts.map(({ end, ...attempt }, i) => {
      // After the client left, nothing is known about the rest of the answer.
      const how = outcome.outcome === "client_gone" && i === attempts.length - 1
        ? "silent"
        : "left";
      return { ...attempt, end: end ?? { at: attempt.data.at(-1)?.at ?? attempt.at, how } };
    }),
    outcome,
  };
}

/** A recording that names no wire, or one that this sidecar does not know, cannot be played. */
function wireOf({ wire }: JsonObject): Recording["wire"] {
  if (wire === "responses" || wire === "chat" || wire === "anthropic") return wire;
  const named = filled(wire);
  const fact = named === undefined ? "names no wire" : `is of the wire ${named.slice(0, MAX_NAME)}`;
  throw new Failure(
    "bad_usage",
    `The recording ${fact}, and this sidecar knows responses and chat`,
    {
      hint: "Use the version of the sidecar that wrote it",
    },
  );
}

interface Building {
  readonly at: number;
  head: RecordedHead | undefined;
  readonly data: { at: number; text: string }[];
  end: RecordedAttempt["end"] | undefined;
  cut: boolean;
}

function take(attempt: Building, line: JsonObject): void {
  const at = time(line);
  if (line.kind === "head") attempt.head = { at, status: statusOf(line), headers: headersOf(line) };
  if (line.kind === "data") attempt.data.push({ at, text: filled(line.text) ?? "" });
  if (line.kind === "dropped") attempt.cut = true;
  if (line.kind === "ended") attempt.end = { at, how: "eof" };
  if (line.kind === "broke" && attempt.end === undefined) {
    const { code } = line;
    const how = isDeadline(code)
      ? "silent"
      : code === "broken_stream" || code === "unreachable"
      ? "broke"
      : "left";
    attempt.end = { at, how, message: filled(line.message) ?? "" };
  }
}

function time({ at }: JsonObject): number {
  return typeof at === "number" && at >= 0 ? at : 0;
}

function statusOf({ status }: JsonObject): number {
  return typeof status === "number" && status >= 100 && status <= 599 ? status : 200;
}

function headersOf({ headers }: JsonObject): Record<string, string> {
  const pairs = Object.entries(isObject(headers) ? headers : {});
  return Object.fromEntries(
    pairs.flatMap(([name, value]) =>
      typeof value === "string" && /^[\w-]+$/.test(name) && !/[\r\n]/.test(value)
        ? [[name, value]]
        : []
    ),
  );
}
