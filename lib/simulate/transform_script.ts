/**
 * Transforms a good script: breaks it, delays it, or writes the same answer in another form. Pure: the good script is
 * unchanged.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { head, raw, type Script, type ScriptMark, type ScriptStep, wait } from "./script.ts";

/** Follows the script up to the first `mark`, then does `steps` instead of the rest. */
export function breakAt(script: Script, mark: ScriptMark, steps: Script): Script {
  return [...script.slice(0, find(script, mark)), ...steps];
}

/** Does `steps` at the first `mark`, then goes on with the rest. */
export function insertAt(script: Script, mark: ScriptMark, steps: Script): Script {
  const at = find(script, mark);
  return [...script.slice(0, at), ...steps, ...script.slice(at)];
}

/** Whether the script passes the mark. */
export function hasMark(script: Script, mark: ScriptMark): boolean {
  return script.some((step) => step.do === "mark" && step.mark === mark);
}

/** Rewrites every piece of body text. */
export function mapText(script: Script, change: (text: string) => string): Script {
  return script.map((step) =>
    step.do === "send" && typeof step.body === "string" ? raw(change(step.body)) : step
  );
}

/** Rewrites every JSON payload behind a `data:`; other text stays. */
export function mapData<T>(script: Script, change: (payload: T) => unknown): Script {
  return mapText(script, (text) =>
    text.replace(/^data: (\{.*)$/gm, (_, payload) => {
      return `data: ${JSON.stringify(change(JSON.parse(payload) as T))}`;
    }));
}

/** Drops the pieces of body text that `drop` recognises. */
export function without(script: Script, drop: (text: string) => boolean): Script {
  return script.filter((step) =>
    !(step.do === "send" && typeof step.body === "string" && drop(step.body))
  );
}

/** Pauses before every piece of body. */
export function drip(script: Script, ms: number): Script {
  return script.flatMap((step) => step.do === "send" ? [wait(ms), step] : [step]);
}

/** Sends the same bytes in chunks of `size`, so that events, lines and characters are split. */
export function splitBytes(script: Script, size: number): Script {
  return script.flatMap((step) => step.do === "send" ? slices(bytesOf(step.body), size) : [step]);
}

/** Sends the same body gzipped, in one piece after every pause, whether or not the client asked for it. */
export function gzip(script: Script): Script {
  const bodies = script.flatMap((step) => step.do === "send" ? [bytesOf(step.body)] : []);
  const packed = raw(new Uint8Array(gzipSync(Buffer.concat(bodies))));
  const last = script.findLastIndex((step) => step.do === "send");
  return script.flatMap((step, at) => {
    if (step.do === "head") {
      return [head(step.status, { ...step.headers, "content-encoding": "gzip" })];
    }
    if (step.do === "send") return at === last ? [packed] : [];
    return [step];
  });
}

function find(script: Script, mark: ScriptMark): number {
  const at = script.findIndex((step) => step.do === "mark" && step.mark === mark);
  if (at < 0) throw new RangeError(`Cannot transform a script at ${mark}: it has no such point`);
  return at;
}

function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === "string" ? new TextEncoder().encode(value) : value;
}

function slices(bytes: Uint8Array, size: number): ScriptStep[] {
  const out: ScriptStep[] = [];
  for (let at = 0; at < bytes.length; at += size) out.push(raw(bytes.slice(at, at + size)));
  return out;
}
