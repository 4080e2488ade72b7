/**
 * Headers that concern one connection, so that a proxy must not forward them.
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
