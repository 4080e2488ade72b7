/**
 * `deno task record FILE NAME [--attempt N] [--licence WORDS]`: turns a recording into a case under `tests/streams/`.
 *
 * Writes `NAME.sse`, the body of one attempt as it came, and its row in `tests/streams/SOURCES.md`. A name begins with `chat-` or
 * holds `responses`, as the recording's wire wants it: that is how the tests find it.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { Failure } from "../../lib/base/errors.ts";
import { filled } from "../../lib/base/json.ts";
import { readRecording, type Recording } from "../../lib/observe/recorder/recording.ts";

/** What becomes of a recording. */
export interface StreamCase {
  /** `NAME.sse` */
  readonly file: string;
  readonly body: string;
  /** The line of `tests/streams/SOURCES.md`. */
  readonly row: string;
}

/**
 * Makes the case of one attempt.
 *
 * @param attempt counted from 1; the last one by default
 * @throws {Failure} `bad_usage`, for a name the tests would not find and an attempt that is no event stream.
 */
export function streamCase(
  recording: Recording,
  { name, attempt = recording.attempts.length, licence = "MIT (own recording)" }: {
    readonly name: string;
    readonly attempt?: number;
    readonly licence?: string;
  },
): StreamCase {
  const { wire, upstream, model, content, outcome, attempts } = recording;
  const fits = wire === "chat" ? /^chat-[\w.-]+$/ : /^(?!chat-)[\w.-]*responses[\w.-]*$/;
  if (!fits.test(name)) {
    const form = wire === "chat"
      ? "begins with chat-"
      : "holds responses and does not begin with chat-";
    throw new Failure(
      "bad_usage",
      `A case of the ${wire} wire needs a name that ${form}, not ${name}`,
    );
  }
  const one = attempts[attempt - 1];
  const body = one?.data.map(({ text }) => text).join("") ?? "";
  if (!/^\uFEFF?(?:data|event|id|retry)?:/m.test(body)) {
    throw new Failure("bad_usage", `Attempt ${attempt} of ${attempts.length} is no event stream`);
  }
  const end = one?.end.how === "eof" ? "" : `, ended: ${one?.end.how}`;
  const note = `attempt ${attempt} of ${attempts.length}, ${filled(outcome.outcome)}${end}; texts ${
    content ? "as sent" : "masked"
  }.`;
  const size = new TextEncoder().encode(body).length;
  const cells = [`${name}.sse`, size, model, `own recording of ${upstream}`, licence, note];
  const row = `| ${cells.map((cell) => String(cell).replace(/[|\r\n]/g, " ")).join(" | ")} |`;
  return { file: `${name}.sse`, body, row };
}

/** Puts a row into the table, in the order of names; one of the same name is replaced. */
export function withRow(table: string, row: string): string {
  const file = (line: string) => line.split("|")[1]?.trim() ?? "";
  const lines = table.trimEnd().split("\n");
  const isRow = (line: string) => /^\| \S+\.sse \|/.test(line);
  const kept = lines.filter((line) => !isRow(line) || file(line) !== file(row));
  const after = kept.findIndex((line) => isRow(line) && file(line) > file(row));
  const last = kept.findLastIndex((line) => line.startsWith("|"));
  return `${kept.toSpliced(after < 0 ? last + 1 : after, 0, row).join("\n")}\n`;
}

if (import.meta.main) {
  const { values, positionals: [path, name] } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: { attempt: { type: "string" }, licence: { type: "string" } },
  });
  if (path === undefined || name === undefined) {
    throw new Failure("bad_usage", "It takes a recording and a name: deno task record FILE NAME");
  }
  const { file, body, row } = streamCase(readRecording(await Deno.readTextFile(path)), {
    name,
    ...(values.attempt !== undefined && { attempt: Number(values.attempt) }),
    ...(values.licence !== undefined && { licence: values.licence }),
  });
  const streams = new URL("../streams/", import.meta.url);
  const sources = new URL("SOURCES.md", streams);
  await Deno.writeTextFile(new URL(file, streams), body);
  await Deno.writeTextFile(sources, withRow(await Deno.readTextFile(sources), row));
  await Deno.stdout.write(new TextEncoder().encode(`tests/streams/${file}\n${row}\n`));
}
