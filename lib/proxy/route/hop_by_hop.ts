/**
 * Headers that concern one connection and so cross no proxy.
 *
 * @module
 */

/** RFC 9110 §7.6.1, with the older names that are still sent. */
export const HOP_BY_HOP: readonly string[] = [
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "expect",
];
