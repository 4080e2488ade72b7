/**
 * Figures as rows of a table in SQLite. Values are bound, never written into SQL.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Outcome } from "../observer.ts";
import type { Figures } from "./figures.ts";

/** The columns as SQL declares them. */
export const COLUMNS = [
  "at INTEGER NOT NULL",
  "upstream TEXT NOT NULL",
  "keyName TEXT NOT NULL",
  "user TEXT NOT NULL",
  "model TEXT NOT NULL",
  "outcome TEXT NOT NULL",
  "code TEXT",
  "firstContent INTEGER",
  "longestSilence INTEGER NOT NULL",
  "duration INTEGER NOT NULL",
  "attempts INTEGER NOT NULL",
  "replays INTEGER NOT NULL",
  "heartbeats INTEGER NOT NULL",
  "input INTEGER",
  "cached INTEGER",
  "output INTEGER",
  "reasoning INTEGER",
  "currency TEXT",
  "amount REAL",
];
/** Their names. */
export const NAMES = COLUMNS.map((column) => column.split(" ", 1)[0]);

/** A row's values in the order of {@link NAMES}. */
export function valuesOf(row: Figures): (string | number | null)[] {
  const { tokens, cost } = row;
  const more: Record<string, string | number | null | undefined> = { ...tokens, ...cost };
  const all: Record<string, unknown> = { ...row, ...more };
  return NAMES.map((name) => {
    const value = all[name ?? ""];
    return typeof value === "string" || typeof value === "number" ? value : null;
  });
}

/** The latest `most` rows since a moment, oldest first. */
export function rowsSince(db: DatabaseSync, since: number, most: number): Figures[] {
  const rows = db.prepare(
    `SELECT ${NAMES.join(", ")} FROM turns WHERE at >= ? ORDER BY rowid DESC LIMIT ?`,
  ).all(since, most);
  return rows.reverse().map(figuresOf);
}

function figuresOf(row: Record<string, unknown>): Figures {
  const number = (name: string) => Number(row[name] ?? 0);
  const maybe = (name: string) => row[name] === null ? null : number(name);
  const text = (name: string) => String(row[name] ?? "");
  const currency = row.currency === null ? undefined : text("currency");
  return {
    at: number("at"),
    upstream: text("upstream"),
    keyName: text("keyName"),
    user: text("user"),
    model: text("model"),
    outcome: text("outcome") as Outcome,
    code: row.code === null ? null : text("code"),
    firstContent: maybe("firstContent"),
    longestSilence: number("longestSilence"),
    duration: number("duration"),
    attempts: number("attempts"),
    replays: number("replays"),
    heartbeats: number("heartbeats"),
    tokens: row.input === null ? null : {
      input: number("input"),
      cached: number("cached"),
      output: number("output"),
      reasoning: number("reasoning"),
    },
    cost: currency === undefined ? null : { currency, amount: number("amount") },
  };
}
