/**
 * Refusals that come as an error of the server's own: a server that writes the prompt by a template calls it a 500 when
 * the template refuses the messages, or when a schema does not become a grammar.
 *
 * @module
 */

const ABOUT_THE_REQUEST =
  /\bjinja\b|chat[ _]template|template (?:error|rendering)|raise_exception|roles? must alternate|(?:unexpected|after) (?:the )?['"`]?(?:user|tool|system|assistant|role)\b|system (?:message|role)|json schema|schema conversion|failed to parse (?:tools|grammar|messages)|parse grammar|unrecognized schema|message content|\bcontent\b.{0,40}\b(?:empty|null)\b/i;

/** Whether the words of a failed server are about the request, so that another request may be answered. */
export function complainsOfRequest(message: string): boolean {
  return ABOUT_THE_REQUEST.test(message);
}
