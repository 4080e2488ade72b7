/**
 * Two small real questions to one model, through a sidecar: a tool call, and the answer to its output. They use
 * everything that a session of Codex needs.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { filled, isObject, type JsonObject } from "../../base/json.ts";
import { showDuration } from "../../base/units.ts";
import type { ClientAnswer } from "../../simulate/client.ts";
import { checkGrammar } from "../../translate/grammar.ts";
import { askBounded } from "./ask_bounded.ts";
import { type CheckResult, fail, ok, warn } from "../check.ts";

/** Whom to ask. */
export interface LiveTarget {
  /** In the findings: an upstream's name, or `Codex's route`. */
  readonly name: string;
  /** The base that is asked. */
  readonly url: string;
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One answer as its client saw it. Times in milliseconds. */
export interface LiveAnswer {
  readonly received: ClientAnswer;
  readonly status: number;
  readonly contentType: string;
  readonly firstByte: number | null;
  readonly longestSilence: number;
  /** Lines that begin with a colon. */
  readonly comments: number;
  /** Whether `[DONE]` came. */
  readonly done: boolean;
}

/** Asks once. Never rejects. */
export type AskLive = (target: LiveTarget, body: JsonObject, clock: Clock) => Promise<LiveAnswer>;

/** How long a client waits between two events here, in milliseconds. */
const IDLE = 120_000;
/** How long one complete answer may take, in milliseconds: less than half of what the check may. */
const ANSWER_TIMEOUT_MS = 280_000;
const TOOL: JsonObject = {
  type: "function",
  name: "look_up",
  description: "Looks up a word.",
  strict: false,
  parameters: { type: "object", properties: { word: { type: "string" } }, required: ["word"] },
};
const QUESTION: JsonObject = {
  type: "message",
  role: "user",
  content: [{
    type: "input_text",
    text: "Call look_up once with the word sidecar, then tell me in five words what it says.",
  }],
};

/** Asks both questions. @returns one result each for stream, usage and tool call; fewer after a failure */
export async function askBoth(
  target: LiveTarget,
  clock: Clock,
  ask: AskLive = askOnce,
): Promise<CheckResult[]> {
  const name = (what: string) => `${what} ${target.name}`;
  const first = await ask(target, bodyOf(target.model, [QUESTION]), clock);
  const results = [{ ...checkStream(first), name: name("stream of") }];
  if (first.received.failure !== undefined) return results;
  results.push({ ...checkUsage(first), name: name("usage of") });
  const call = first.received.items.find(({ type }) => type === "function_call");
  if (!call) {
    const spoken = warn(
      "the model answered without calling the tool",
      "Ask again; some models need to be asked twice",
    );
    return [...results, { ...spoken, name: name("tool call of") }];
  }
  const output: JsonObject = {
    type: "function_call_output",
    call_id: filled(call.call_id) ?? "",
    output: "a carriage beside a motorcycle",
  };
  const second = await ask(
    target,
    bodyOf(target.model, [QUESTION, ...first.received.items, output]),
    clock,
  );
  results.push({ ...checkRoundTrip(first, second), name: name("tool call of") });
  return results;
}

/** Checks framing, times and end of an answer. */
export function checkStream(answer: LiveAnswer): CheckResult {
  const { received, status, contentType, firstByte, longestSilence, comments, done } = answer;
  if (received.failure !== undefined) {
    return fail(
      `no complete answer: ${received.failure}`,
      "The message is from the provider or a hop: act on it",
    );
  }
  const rule = checkGrammar(received.events);
  if (rule !== undefined) {
    return fail(
      `the stream breaks a rule: ${rule}`,
      "Report it, with a recording: sidecar serve --record DIR",
    );
  }
  const facts = [
    `HTTP ${status}`,
    `first byte after ${showDuration(firstByte ?? 0)}`,
    `longest silence ${showDuration(longestSilence)}`,
    `${received.events.length - received.heartbeats} events`,
    `${received.heartbeats} heartbeats`,
    `${comments} comments`,
    done ? "[DONE] at the end" : "no [DONE], which Codex does not need",
    `complete in ${showDuration(received.ms)}`,
  ].join(", ");
  return /^text\/event-stream\b/.test(contentType) ? ok(facts) : warn(
    `${facts}; its content type is ${contentType || "missing"}`,
    "A hop changed the head: it may delay events, too",
  );
}

function checkUsage({ received }: LiveAnswer): CheckResult {
  const response = received.events.at(-1)?.data.response;
  const usage = isObject(response) && isObject(response.usage) ? response.usage : undefined;
  return usage ? ok(`${usage.input_tokens} tokens in, ${usage.output_tokens} out`) : warn(
    "no token count came",
    "Codex counts 0 and never compacts: set model_auto_compact_token_limit with care",
  );
}

function checkRoundTrip(first: LiveAnswer, { received }: LiveAnswer): CheckResult {
  const thought = first.received.items.some(({ type }) => type === "reasoning");
  const went = thought ? "the call, its output and the reasoning" : "the call and its output";
  if (received.failure !== undefined) {
    return fail(
      `${went} were sent back and refused: ${received.failure}`,
      "Every agent turn does this: choose another model or wire",
    );
  }
  return ok(`${went} went back and were understood${thought ? "" : "; it showed no reasoning"}`);
}

function bodyOf(model: string, input: JsonObject[]): JsonObject {
  return {
    model,
    stream: true,
    store: false,
    input,
    tools: [TOOL],
    tool_choice: "auto",
    parallel_tool_calls: false,
    include: ["reasoning.encrypted_content"],
  };
}

async function askOnce(
  { url, headers }: LiveTarget,
  body: JsonObject,
  clock: Clock,
): Promise<LiveAnswer> {
  const started = clock.now();
  let status = 0;
  let contentType = "";
  let firstByte: number | null = null;
  let last = started;
  let longestSilence = 0;
  let text = "";
  const decoder = new TextDecoder();
  const received = await askBounded({
    url,
    body,
    headers,
    idle: IDLE,
    clock,
    onHead(response) {
      status = response.status;
      contentType = response.headers.get("content-type") ?? "";
    },
    onBytes(bytes) {
      const now = clock.now();
      firstByte ??= now - started;
      longestSilence = Math.max(longestSilence, now - last);
      last = now;
      text += decoder.decode(bytes, { stream: true });
    },
  }, ANSWER_TIMEOUT_MS);
  return {
    received,
    status,
    contentType,
    firstByte,
    longestSilence,
    comments: text.match(/^:/gm)?.length ?? 0,
    done: /^data: ?\[DONE\]$/m.test(text),
  };
}
