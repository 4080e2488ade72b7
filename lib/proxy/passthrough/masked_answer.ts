/**
 * Removes keys from a provider's answer that is passed through: from every header, and from the text of a refusal.
 *
 * The content of a good answer is not changed.
 *
 * @module
 */

import { maskSecrets, REDACTED } from "../../base/secrets/secrets.ts";

/** The bytes of a refusal that are passed on; real ones are far shorter. */
const MAX_REFUSAL = 64 * 1024;

const TEXT = /^\s*(?:text\/|application\/(?:[\w.+-]{0,64}json|xml|problem\b)|$)/i;

/** The headers, every value without secrets. */
export function maskedHeaders(headers: Headers, known: readonly string[]): Headers {
  const masked = new Headers();
  for (const [name, value] of headers) {
    masked.append(name, maskSecrets(value, known, { mark: REDACTED }));
  }
  return masked;
}

/** Whether an answer is a refusal with text, whose body {@link maskedBody} may read. */
export function isRefusal({ status, headers }: Pick<Response, "status" | "headers">): boolean {
  return status >= 400 && TEXT.test(headers.get("content-type") ?? "");
}

/** The body of a refusal without secrets, at most {@link MAX_REFUSAL} of it; byte for byte what came where it holds none. */
export function maskedBody(
  body: ReadableStream<Uint8Array>,
  known: readonly string[],
): ReadableStream<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk) {
        // The rest is read too, so that the connection ends as the provider ends it
        if (size < MAX_REFUSAL) chunks.push(chunk.slice(0, MAX_REFUSAL - size));
        size += chunk.length;
      },
      flush(controller) {
        const bytes = new Uint8Array(Math.min(size, MAX_REFUSAL));
        let at = 0;
        for (const chunk of chunks) {
          bytes.set(chunk, at);
          at += chunk.length;
        }
        const text = new TextDecoder().decode(bytes);
        const masked = maskSecrets(text, known);
        controller.enqueue(masked === text ? bytes : new TextEncoder().encode(masked));
      },
    }),
  );
}
