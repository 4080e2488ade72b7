/**
 * Plays a recording back as the provider it was made from: the same bytes at the same times, the same end.
 *
 * The first request gets the first attempt, the second the second; after the last it begins again.
 *
 * @module
 */

import type { Ended, RecordedAttempt, Recording } from "../observe/recorder/recording.ts";
import type { ProviderOptions } from "./provider.ts";
import {
  cut,
  eof,
  hang,
  head,
  json,
  raw,
  reset,
  type Script,
  type ScriptStep,
  wait,
} from "./script.ts";

/** How a recording is played. */
export interface ReplayOptions {
  /** Leaves out every pause but an endless one. @default {false} */
  readonly fast?: boolean;
}

/** Where requests go on each wire. */
const PATHS: Readonly<Record<Recording["wire"], string>> = {
  responses: "/responses",
  chat: "/chat/completions",
  anthropic: "/messages",
};

/** Shorter pauses come from the recorder itself, in milliseconds. */
const NOISE = 2;

/** What a provider does with each request to play the recording again. */
export function replayScript(
  recording: Recording,
  options: ReplayOptions = {},
): ProviderOptions["script"] {
  const { attempts, wire, model } = recording;
  const path = PATHS[wire];
  return (request, n) => {
    if (request.method !== "POST") {
      return json(200, {
        object: "list",
        data: [{ id: model, object: "model", owned_by: "replay" }],
      });
    }
    if (!request.path.replace(/\?.*/, "").endsWith(path)) {
      const message = `This recording answers ${path}: set wire: ${wire} for it`;
      return json(400, { error: { message, type: "invalid_request_error" } });
    }
    const attempt = attempts[(n - 1) % attempts.length];
    return attempt ? attemptScript(attempt, options) : [hang];
  };
}

/** What a provider did with one request. */
export function attemptScript(
  { at, head: top, data, end, cut: dropped }: RecordedAttempt,
  { fast = false }: ReplayOptions = {},
): Script {
  const steps: ScriptStep[] = [];
  let now = at;
  const until = (then: number) => {
    const pause = Math.round(then - now);
    if (!fast && pause >= NOISE) {
      steps.push(wait(pause));
      now = then;
    }
  };
  if (top) {
    until(top.at);
    steps.push(head(top.status, top.headers));
  }
  for (const chunk of data) {
    until(chunk.at);
    steps.push(raw(chunk.text));
  }
  until(end.at);
  return [...steps, dropped ? cut : endOf(end, top !== undefined)];
}

const ENDS: Readonly<Record<Ended, ScriptStep>> = {
  eof,
  broke: cut,
  silent: hang,
  // The client left in the recording: the answer ends there.
  left: eof,
};

function endOf({ how, message = "" }: RecordedAttempt["end"], answered: boolean): ScriptStep {
  if (!answered && how !== "silent") return how === "left" ? hang : reset;
  return how === "broke" && /reset/i.test(message) ? reset : ENDS[how];
}
