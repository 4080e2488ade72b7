/**
 * Where the threads of all replicas are, so that a thread keeps its upstream and its key through whichever replica it comes.
 *
 * Its rule: a thread is known by a hash of its id, for an hour after its last answer: no prompt cache lives longer.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { parseJson } from "../base/json.ts";
import type { Link } from "./link.ts";
import type { SharedStay, ThreadState } from "./state.ts";

/** How long it is known where a thread is, in milliseconds. */
const THREAD_MS = 60 * 60_000;
/** Longest name of a candidate that is believed. */
const MOST_NAME = 1_024;

/** The threads of all replicas. */
export class SharedThreads implements ThreadState {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  async read(thread: string): Promise<SharedStay | undefined> {
    const text = await this.#link.ask((store) => store.read(nameOf(thread)));
    return text ? stayOf(text) : undefined;
  }

  write(thread: string, stay: SharedStay): void {
    const { candidate, key, until } = stay;
    const text = JSON.stringify([candidate, key, Math.ceil(until)]);
    this.#link.tell((store) => store.keep(nameOf(thread), text, THREAD_MS));
  }
}

function nameOf(thread: string): string {
  return createHash("sha256").update(thread).digest("base64url").slice(0, 22);
}

function stayOf(text: string): SharedStay | undefined {
  const told = parseJson(text);
  if (!Array.isArray(told)) return undefined;
  const [candidate, key, until] = told;
  if (typeof candidate !== "string" || candidate.length > MOST_NAME) return undefined;
  if (!isCount(key) || !isCount(until)) return undefined;
  return { candidate, key, until };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
