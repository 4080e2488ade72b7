/**
 * What a finish reason of a Chat answer means, by the provider's table.
 *
 * @module
 */

import { Failure, type FailureCode } from "../../base/errors.ts";
import type { ChatRules, FinishMeaning } from "../../provider/chat_rules.ts";

const MESSAGES: Partial<Record<FailureCode, string>> = {
  moderated: "withheld the answer: its content filter stopped it",
  context_overflow:
    "stopped the answer: the conversation is longer than the model's context window",
  overloaded: "stopped the answer: it ran out of resources",
  broken_stream: "broke off the answer",
  bad_answer: "gave the answer up",
};

/** The meaning of a finish reason, in any case; `completed` for a reason that the table does not know. */
export function finishMeaning({ finish }: ChatRules, reason: string): FinishMeaning {
  const key = reason.toLowerCase();
  return (Object.hasOwn(finish, key) ? finish[key] : finish["*"]) ?? "completed";
}

/** Whether a finish reason says that the model called a tool. */
export function announcesCalls(reason: string): boolean {
  return /^(?:tool_calls?|tool_use|function_call)$/i.test(reason);
}

/** The failure that a finish reason stands for. */
export function finishFailure(title: string, reason: string, code: FailureCode): Failure {
  const message = MESSAGES[code] ?? "ended the answer with a failure";
  return new Failure(code, `${title} ${message} (finish reason ${reason})`);
}
