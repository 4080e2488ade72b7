/** Requests larger than a provider takes: which images go, what stands in their place, when nothing helps. */

import assert from "node:assert/strict";
import { fc } from "../../helpers/fast_check.ts";
import { outOfProportion } from "../../helpers/rules/growth.ts";
import type { Json, JsonObject } from "../../../lib/base/json.ts";
import {
  fitBody,
  fixUpSize,
  limitBody,
  TOO_LARGE,
} from "../../../lib/translate/request/body_limit.ts";

const url = (length: number) => `data:image/png;base64,${"A".repeat(length)}`;
const chatImage = (length: number): JsonObject => ({
  type: "image_url",
  image_url: { url: url(length), detail: "high" },
});
const ownImage = (length: number): JsonObject => ({ type: "input_image", image_url: url(length) });
const user = (...content: Json[]): JsonObject => ({ role: "user", content });
const text = (words: string): JsonObject => ({ type: "text", text: words });
const gone = { type: "text", text: TOO_LARGE };
const ownGone = { type: "input_text", text: TOO_LARGE };

const cases: { name: string; body: JsonObject; max: number; out?: JsonObject; dropped?: number }[] =
  [
    {
      name: "the oldest image goes first, and only as many as must",
      body: {
        messages: [user(text("a"), chatImage(9000)), user(chatImage(9000)), user(chatImage(9000))],
      },
      max: 21_500,
      out: { messages: [user(text("a"), gone), user(chatImage(9000)), user(chatImage(9000))] },
      dropped: 1,
    },
    {
      name: "two of one message",
      body: {
        messages: [user(chatImage(9000), text("b"), chatImage(9000)), user(chatImage(9000))],
      },
      max: 12_000,
      out: { messages: [user(gone, text("b"), gone), user(chatImage(9000))] },
      dropped: 2,
    },
    {
      name: "the newest goes, too, where it alone is too large",
      body: { messages: [user(text("look"), chatImage(90_000))] },
      max: 50_000,
      out: { messages: [user(text("look"), gone)] },
      dropped: 1,
    },
    {
      name: "images of messages and of tool outputs on the Responses wire",
      body: {
        input: [
          { type: "message", role: "user", content: [ownImage(9000)] },
          { type: "function_call_output", call_id: "c", output: [ownImage(9000)] },
          { type: "function_call_output", call_id: "d", output: "text" },
          { type: "message", role: "user", content: [ownImage(9000)] },
        ],
      },
      max: 12_000,
      out: {
        input: [
          { type: "message", role: "user", content: [ownGone] },
          { type: "function_call_output", call_id: "c", output: [ownGone] },
          { type: "function_call_output", call_id: "d", output: "text" },
          { type: "message", role: "user", content: [ownImage(9000)] },
        ],
      },
      dropped: 2,
    },
    { name: "one that fits", body: { messages: [user(chatImage(9000))] }, max: 11_000 },
    {
      name: "one whose text alone is too long",
      body: { messages: [user(text("x".repeat(20_000)), chatImage(2000))] },
      max: 15_000,
    },
    {
      name: "images that are addresses only",
      body: {
        messages: [
          user({ type: "image_url", image_url: { url: `https://x/${"y".repeat(9000)}` } }),
        ],
      },
      max: 5_000,
    },
    { name: "an input that is a text", body: { input: "x".repeat(9000) }, max: 5_000 },
    { name: "no messages at all", body: { messages: [], tools: ["x".repeat(9000)] }, max: 5_000 },
    {
      name: "text that counts in bytes, not characters",
      body: { messages: [user(text("字".repeat(3000)), chatImage(5000))] },
      max: 12_000,
      out: { messages: [user(text("字".repeat(3000)), gone)] },
      dropped: 1,
    },
  ];

for (const { name, body, max, out, dropped } of cases) {
  Deno.test(`body limit: ${name}`, () => {
    const before = structuredClone(body);
    const fitted = fitBody(body, max);
    assert.deepEqual(fitted?.body, out);
    assert.equal(fitted?.dropped, dropped);
    assert.deepEqual(body, before);
    const limited = limitBody(body, max);
    if (!out) assert.equal(limited.body, body);
    assert.deepEqual(
      limited.leftOut,
      out ? [`the oldest images of a request beyond ${max} bytes`] : [],
    );
  });
}

Deno.test("body limit: no limit, no change", () => {
  const body = { messages: [user(chatImage(9_000_000))] };
  assert.equal(limitBody(body, undefined).body, body);
});

Deno.test("body limit: whatever the images, what fits without them fits, and the newest stay", () => {
  const part = fc.oneof(
    fc.integer({ min: 0, max: 9000 }).map(chatImage),
    fc.string({ unit: "grapheme", maxLength: 300 }).map(text),
  );
  const messages = fc.array(fc.array(part, { maxLength: 4 }).map((parts) => user(...parts)), {
    maxLength: 8,
  });
  fc.assert(fc.property(messages, fc.integer({ min: 6000, max: 40_000 }), (messages, max) => {
    const fitted = fitBody({ messages }, max);
    if (!fitted) return;
    const bytes = new TextEncoder().encode(JSON.stringify(fitted.body)).length;
    assert.ok(bytes <= max, `${bytes} of ${max}`);
    const kinds = (fitted.body.messages as JsonObject[]).flatMap(({ content }) =>
      (content as JsonObject[]).map((each) =>
        each.text === TOO_LARGE
          ? "gone"
          : JSON.stringify(each).length > 1200 && each.type === "image_url"
          ? "here"
          : ""
      ).filter(Boolean)
    ).join(" ");
    assert.doesNotMatch(kinds, /here.*gone/);
  }));
});

const three = {
  messages: [user(chatImage(200_000)), user(chatImage(200_000)), user(chatImage(200_000))],
};
const refusals: { says: string; what?: string }[] = [
  {
    says: "Exceeded limit on max bytes to request body : 6291456 (code BadRequest.TooLarge)",
    what: "images but the newest 1",
  },
  { says: "Exceeded limit on max bytes to request body : 450000", what: "images but the newest 2" },
  {
    says: "Maximum request body size 250000 exceeded, actual body size 600400",
    what: "images but the newest 1",
  },
  { says: "Maximum request body size 150,000 bytes exceeded", what: "images" },
  {
    says: "Acme answered HTTP 413 with an HTML page: 413 Request Entity Too Large",
    what: "images but the newest 1",
  },
  { says: "Request body too large: limit is 0.45 MB", what: "images but the newest 2" },
  { says: "payload too large", what: "images but the newest 1" },
  { says: "request_too_large: Request exceeds the maximum size", what: "images but the newest 1" },
  { says: "This request exceeds the limit of 131072 tokens" },
  { says: "Rate limit exceeded for this request body" },
  { says: "The model is overloaded" },
];

for (const { says, what } of refusals) {
  Deno.test(`body limit: "${says}" -> ${what ?? "nothing to do"}`, () => {
    assert.equal(fixUpSize(says, three)?.what, what);
  });
}

Deno.test("body limit: refused until no image is left, then no more", () => {
  let body: JsonObject = three;
  const whats: string[] = [];
  for (let times = 0; times < 9; times++) {
    const fixed = fixUpSize("payload too large", body);
    if (!fixed) break;
    whats.push(fixed.what);
    body = fixed.body;
  }
  assert.deepEqual(whats, ["images but the newest 1", "images"]);
});

Deno.test("growth: many images cost what they are long", () => {
  const wrong = outOfProportion((size) => {
    const images = Array.from({ length: size }, () => chatImage(1100));
    fitBody({ messages: [user(...images), ...images.map((image) => user(image))] }, 50_000);
  }, 64);
  assert.equal(wrong, undefined);
});

Deno.test("body limit: images of the Messages wire, those in results of tools included", () => {
  const image = (data: string): JsonObject => ({
    type: "image",
    source: { type: "base64", media_type: "image/png", data },
  });
  const result = (content: JsonObject[]): JsonObject => ({
    role: "user",
    content: [{ type: "tool_result", tool_use_id: "a", content }],
  });
  const body = {
    messages: [result([image("A".repeat(400_000))]), {
      role: "user",
      content: [image("B".repeat(300_000))],
    }],
  };
  const before = structuredClone(body);
  const fixed = fixUpSize("Request exceeds the maximum size of 600000 bytes", body);
  assert.equal(fixed?.what, "images but the newest 1");
  assert.deepEqual(fixed.body.messages, [
    result([{ type: "text", text: TOO_LARGE }]),
    before.messages[1],
  ]);
  assert.deepEqual(body, before, "the request itself stays");
});
