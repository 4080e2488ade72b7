/** Orders of messages that servers demand: beforehand by a rule, or after a refusal in their own words. */

import assert from "node:assert/strict";
import { fc } from "../../helpers/fast_check.ts";
import { outOfProportion } from "../../helpers/rules/growth.ts";
import { isObject, type Json, type JsonObject } from "../../../lib/base/json.ts";
import { GENERIC_CHAT } from "../../../lib/provider/chat_rules.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";
import { complainsOfRequest } from "../../../lib/provider/errors/template_errors.ts";
import { fixUp } from "../../../lib/translate/chat/fix_up/fix_up.ts";
import {
  afterTools,
  alternate,
  inOrder,
  noSystem,
  OPENING,
  READ,
} from "../../../lib/translate/request/message_order.ts";
import { toChat } from "../../../lib/translate/chat/request.ts";

const system = (content: Json): JsonObject => ({ role: "system", content });
const user = (content: Json): JsonObject => ({ role: "user", content });
const says = (content: Json): JsonObject => ({ role: "assistant", content });
const calls: JsonObject = { role: "assistant", content: "", tool_calls: [{ id: "c" }] };
const tool: JsonObject = { role: "tool", tool_call_id: "c", content: "out" };
const IMAGE = { type: "image_url", image_url: { url: "data:x" } };

const cases: {
  name: string;
  by: (messages: readonly Json[]) => readonly Json[];
  sent: Json[];
  out?: Json[];
}[] = [
  {
    name: "after tools: the user's words",
    by: afterTools,
    sent: [user("a"), calls, tool, user("b")],
    out: [user("a"), calls, tool, says(READ), user("b")],
  },
  {
    name: "after tools: instructions",
    by: afterTools,
    sent: [calls, tool, tool, system("b")],
    out: [calls, tool, tool, says(READ), system("b")],
  },
  {
    name: "after tools: the assistant may speak, and call again",
    by: afterTools,
    sent: [calls, tool, calls, tool, says("b")],
  },
  {
    name: "after tools: twice in one conversation",
    by: afterTools,
    sent: [calls, tool, user("a"), calls, tool, user("b")],
    out: [calls, tool, says(READ), user("a"), calls, tool, says(READ), user("b")],
  },
  {
    name: "turns: users in a row are one",
    by: alternate,
    sent: [system("s"), user("a"), user("b"), says("c")],
    out: [system("s"), user("a\n\nb"), says("c")],
  },
  {
    name: "turns: texts and images in a row are one list",
    by: alternate,
    sent: [user("a"), user([IMAGE]), user("")],
    out: [user([{ type: "text", text: "a" }, IMAGE])],
  },
  {
    name: "turns: late instructions are the user's, and join them",
    by: alternate,
    sent: [system("s"), user("a"), system("b"), says("c"), { role: "developer", content: "d" }],
    out: [system("s"), user("a\n\nb"), says("c"), user("d")],
  },
  {
    name: "turns: the assistant's texts in a row are one",
    by: alternate,
    sent: [user("a"), says("b"), says("c")],
    out: [user("a"), says("b\n\nc")],
  },
  {
    name: "turns: a text before calls belongs to them",
    by: alternate,
    sent: [user("a"), says("b"), calls, tool, user("c")],
    out: [user("a"), { ...calls, content: "b" }, tool, says(READ), user("c")],
  },
  {
    name: "turns: a conversation that the assistant opens",
    by: alternate,
    sent: [system("s"), says("a"), user("b")],
    out: [system("s"), user(OPENING), says("a"), user("b")],
  },
  {
    name: "turns: a flagged beginning stays its own message",
    by: alternate,
    sent: [user("a"), says("b"), { ...says("c"), partial: true }],
  },
  {
    name: "turns: what is in order stays",
    by: alternate,
    sent: [system("s"), user("a"), says("b"), user("c")],
  },
  {
    name: "no system: it stands before the user's words",
    by: noSystem,
    sent: [system("s"), user("a"), says("b")],
    out: [user("s\n\na"), says("b")],
  },
  { name: "no system: none there", by: noSystem, sent: [user("a"), user("b")] },
];

for (const { name, by, sent, out } of cases) {
  Deno.test(`order: ${name}`, () => {
    const before = structuredClone(sent);
    const ordered = by(sent);
    if (out) assert.deepEqual(ordered, out);
    else assert.equal(ordered, sent);
    assert.deepEqual(sent, before);
    assert.deepEqual(by(ordered), ordered, "twice is once");
  });
}

Deno.test("order: any conversation takes turns afterwards, and every word is still there", () => {
  let at = 0;
  const word = fc.constant(0).map(() => `w${at++};`);
  const message = fc.oneof(
    word.map((each) => [user(each)]),
    word.map((each) => [user([{ type: "text", text: each }, IMAGE])]),
    word.map((each) => [system(each)]),
    word.map((each) => [says(each)]),
    word.map((each) => [calls, { ...tool, content: each }]),
  );
  const conversation = fc.array(message, { maxLength: 12 }).map((list) => list.flat());
  fc.assert(fc.property(conversation, (messages) => {
    const ordered = alternate(messages) as JsonObject[];
    const words = (list: readonly Json[]) =>
      [...JSON.stringify(list).matchAll(/w\d+;/g)].map(String);
    assert.deepEqual(words(ordered), words(messages));
    const turns = ordered.filter(({ role, tool_calls }) =>
      role !== "tool" && tool_calls === undefined
    )
      .map(({ role }) => role);
    for (const [at, role] of turns.entries()) {
      if (role === "system") assert.equal(at, 0);
      else if (turns[at - 1] === role) assert.fail(turns.join());
    }
    for (const [at, { role }] of ordered.entries()) {
      if (role === "user") assert.notEqual(ordered[at - 1]?.role, "tool");
    }
  }));
});

const body = (...messages: Json[]): JsonObject => ({ model: "m", messages, stream: true });
const after = body(user("a"), calls, tool, user("b"));
const twice = body(user("a"), user("b"));
const late = body(system("s"), user("a"), system("b"));

const refusals: { message: string; sent: JsonObject; what?: string; status500?: boolean }[] = [
  {
    message: "Unexpected role 'user' after role 'tool' (code 3230)",
    sent: after,
    what: "user messages after a tool's",
  },
  {
    message: "Unexpected role 'system' after role 'tool'",
    sent: body(calls, tool, system("b")),
    what: "system messages",
  },
  {
    message:
      "After the optional system message, conversation roles must alternate user/assistant/user/assistant/...",
    sent: twice,
    what: "two messages of one role in a row",
    status500: true,
  },
  {
    message:
      "Value error: Jinja Exception: Conversation roles must alternate user/assistant/user/assistant/...",
    sent: twice,
    what: "two messages of one role in a row",
    status500: true,
  },
  {
    message: "A conversation must alternate between user and assistant roles.",
    sent: twice,
    what: "two messages of one role in a row",
  },
  {
    message:
      'messages: roles must alternate between "user" and "assistant", but found multiple "user" roles in a row',
    sent: twice,
    what: "two messages of one role in a row",
  },
  {
    message: "Unexpected role 'user' after role 'user'",
    sent: twice,
    what: "two messages of one role in a row",
  },
  {
    message:
      "deepseek-reasoner does not support successive user or assistant messages (messages[1] and messages[2] in your input).",
    sent: twice,
    what: "two messages of one role in a row",
  },
  {
    message: "First message must be from user",
    sent: body(says("a"), user("b")),
    what: "two messages of one role in a row",
  },
  {
    message: "jinja template rendering failed. System message must be at the beginning.",
    sent: late,
    what: "system messages",
    status500: true,
  },
  { message: "Unexpected role 'system' after role 'user'", sent: late, what: "system messages" },
  { message: "Only one system message is allowed", sent: late, what: "system messages" },
  {
    message: "Error rendering chat template: System role not supported",
    sent: body(system("s"), user("a")),
    what: "the system role",
    status500: true,
  },
  {
    message: "Developer instruction is not enabled for models/gemma-3",
    sent: body(system("s"), user("a")),
    what: "the system role",
  },
  {
    message: "messages.1: text content blocks must be non-empty",
    sent: body(says("")),
    what: "empty messages",
  },
  {
    message:
      "all messages must have non-empty content except for the optional final assistant message",
    sent: body(says("")),
    what: "empty messages",
  },
  {
    message: "Message content cannot be empty",
    sent: body(says("")),
    what: "empty text",
    status500: true,
  },
  { message: "We suggest an alternative model for this user", sent: twice },
  { message: "The server is overloaded", sent: twice },
  { message: "Invalid API key", sent: twice },
];

for (const { message, sent, what, status500 } of refusals) {
  Deno.test(`order: "${message.slice(0, 80)}" -> ${what ?? "nothing to do"}`, () => {
    const fixed = fixUp(GENERIC_CHAT, message, sent, new Set());
    assert.equal(fixed?.what, what);
    if (what !== undefined) {
      assert.notDeepEqual(fixed?.body, sent);
      assert.notEqual(fixUp(GENERIC_CHAT, message, fixed!.body, new Set([what]))?.what, what);
    } else assert.equal(complainsOfRequest(message), false);
    if (status500) assert.ok(complainsOfRequest(message), "also under status 500");
  });
}

Deno.test("order: our own message with a tool's images keeps to it, too", () => {
  const request = {
    input: [
      { type: "message", role: "user", content: "look" },
      { type: "function_call", call_id: "c", name: "see", arguments: "{}" },
      {
        type: "function_call_output",
        call_id: "c",
        output: [{ type: "input_image", image_url: "data:x" }],
      },
    ],
  };
  for (const name of ["generic", "openrouter"]) {
    const { chat } = profileNamed(name)!;
    const roles = (model: string) =>
      (toChat(request, chat, { model }).body.messages as Json[]).map((each) =>
        isObject(each) ? each.role : each
      );
    assert.deepEqual(roles("mistralai/devstral-2512"), [
      "user",
      "assistant",
      "tool",
      "assistant",
      "user",
    ]);
    assert.deepEqual(roles("some-other"), ["user", "assistant", "tool", "user"]);
  }
});

Deno.test("order: by the rules of a row", () => {
  const messages = [user("a"), user("b"), calls, tool, user("c")];
  assert.equal(inOrder(messages, { userAfterTool: true, alternate: false }), messages);
  assert.deepEqual(inOrder(messages, { userAfterTool: true, alternate: true }), [
    user("a\n\nb"),
    calls,
    tool,
    says(READ),
    user("c"),
  ]);
});

Deno.test("growth: a long conversation costs what it is long", () => {
  const wrong = outOfProportion((size) => {
    alternate(Array.from({ length: size * 4 }, (_, at) => at % 5 === 0 ? calls : user(`${at}`)));
    alternate(Array.from({ length: size * 4 }, (_, at) => user([{ type: "text", text: `${at}` }])));
  }, 512);
  assert.equal(wrong, undefined);
});
