/**
 * The log: one line for each event, without secrets, to standard error and, where one is chosen, a file.
 *
 * Every line passes through `redact` and stays one line, even where a provider's message holds line breaks. Only a
 * command starts the log; the data path sees an `Observer`.
 *
 * @module
 */

import { configureSync, getLogger, type LogRecord, resetSync } from "@logtape/logtape";
import { createColors } from "picocolors";
import { displayLine, escapeJson, MAX_SHOWN } from "../base/display.ts";
import { isSecretName } from "../base/secrets/forms.ts";
import { REDACTED } from "../base/secrets/secrets.ts";
import { attemptLine, exchangeLine, levelOf, noticeLine } from "./lines.ts";
import type { Level, Observer } from "./observer.ts";
import { redact } from "./redact.ts";

/** One destination of the lines. */
export interface LogOutput {
  /** Whether it is a terminal that shows colour. */
  readonly color: boolean;
  write(line: string): void;
}

/** The settings of {@link startLog}. */
export interface LogOptions {
  /** The least important level that is written. */
  readonly level: Level;
  /** Lines for people, or one JSON object a line. */
  readonly format: "text" | "json";
  readonly outputs: readonly LogOutput[];
}

/** Starts the log of this process; it replaces one that was started before. */
export function startLog({ level, format, outputs }: LogOptions): void {
  const lines = (record: LogRecord) => {
    for (const { color, write } of outputs) {
      write(format === "json" ? jsonLine(record) : textLine(record, color));
    }
  };
  configureSync({
    reset: true,
    sinks: { lines },
    loggers: [
      { category: "sidecar", lowestLevel: level, sinks: ["lines"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["lines"] },
    ],
  });
}

/** Ends the log; later lines are dropped. */
export function stopLog(): void {
  resetSync();
}

/** An observer that writes exchanges, failed attempts and notices to the log. */
export function logExchanges(): Observer {
  const logger = getLogger("sidecar");
  const log = (level: Level, line: string, facts: Record<string, unknown>) =>
    // The line is a value and not the template: braces in a provider's message have no meaning.
    logger[level]("{line}", { line, facts });
  return {
    attemptFailed: (note) => log("warning", attemptLine(note), { event: "attempt", ...note }),
    finished: (record) =>
      log(levelOf(record), exchangeLine(record), { event: "exchange", ...record }),
    notice: (level, message, facts = {}) =>
      log(level, noticeLine(message, facts), { event: "notice", message, ...facts }),
  };
}

/** A line for people: local time, level, message. */
function textLine(record: LogRecord, color: boolean): string {
  const paint = createColors(color);
  const tones: Record<string, (text: string) => string> = {
    warning: paint.yellow,
    error: paint.red,
    fatal: paint.red,
  };
  const tone = tones[record.level] ?? paint.dim;
  // A line break becomes a space here, so that a stack trace stays readable; JSON lines keep it exactly
  const body = displayLine(redact(messageOf(record), MAX_SHOWN).replace(/[\r\n\t]+/g, " "));
  return `${paint.dim(localTime(record.timestamp))} ${tone(record.level.padEnd(7))} ${body}`;
}

/** One JSON object: `time`, `level`, `event`, then the facts. */
function jsonLine(record: LogRecord): string {
  const { facts } = record.properties;
  const object = {
    time: new Date(record.timestamp).toISOString(),
    level: record.level,
    ...(typeof facts === "object" ? facts : { event: "notice", message: messageOf(record) }),
  };
  const clean = (name: string, value: unknown) => {
    if (typeof value !== "string") return value;
    return isSecretName(name) ? REDACTED : redact(value, MAX_SHOWN);
  };
  return escapeJson(JSON.stringify(object, clean));
}

function messageOf({ message }: LogRecord): string {
  return message.map((part) => part instanceof Error ? part.message : String(part)).join("");
}

function localTime(timestamp: number): string {
  const at = new Date(timestamp);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":")}`;
}
