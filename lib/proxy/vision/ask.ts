/**
 * The request that has one image described, and how its answer is read. It is an exchange like any other: on the wire of its
 * upstream, tried again where that helps, recorded and counted.
 *
 * @module
 */

import { filled, isObject, type JsonObject, parseJson } from "../../base/json.ts";

/** What a model is asked that sees the image. The same for every image: a description is used again in other turns. */
const PROMPT =
  "Describe this image for a software engineer who cannot see it and works with your text alone. " +
  "Copy every piece of text in it exactly: code, error messages, commands, labels, numbers. Say what kind of image it is, " +
  "what stands where, and colours or states where they carry meaning. No introduction, no advice.";

/** The request for one image. */
export function describeRequest(model: string, url: string): JsonObject {
  const content = [
    { type: "input_text", text: PROMPT },
    { type: "input_image", image_url: url },
  ];
  return {
    model,
    input: [{ type: "message", role: "user", content }],
    stream: false,
    store: false,
  };
}

/** The text of a complete answer, or the words of its failure. */
export async function readDescription(
  response: Response,
): Promise<{ readonly text: string } | { readonly failure: string }> {
  const body = parseJson(await response.text());
  if (!isObject(body)) return { failure: `HTTP ${response.status}` };
  if (isObject(body.error)) {
    return { failure: filled(body.error.message) ?? `HTTP ${response.status}` };
  }
  const items = Array.isArray(body.output) ? body.output.filter(isObject) : [];
  const text = items.filter(({ type }) => type === "message").flatMap(({ content }) =>
    Array.isArray(content) ? content.filter(isObject).map((part) => filled(part.text) ?? "") : []
  ).join("\n").trim();
  return text === "" ? { failure: "it said nothing" } : { text };
}
