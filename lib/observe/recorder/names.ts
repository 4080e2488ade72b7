/**
 * The fields of a request or an answer that describe its structure, not its content.
 *
 * This is a list of readable fields, so a field that is not in it is masked.
 *
 * @module
 */

const STRUCTURE: ReadonlySet<string> = new Set(
  `type object event id item_id call_id tool_call_id response_id previous_response_id role model name namespace status
  phase channel finish_reason native_finish_reason stop_reason code param effort verbosity summary tool_choice include
  truncation service_tier system_fingerprint provider format syntax strict execution detail prompt_cache_retention`
    .split(/\s+/),
);
const ERRORS: ReadonlySet<string> = new Set(
  ["message", "msg", "status_msg", "error", "error_message", "detail", "reason"],
);

/** Whether a field is part of the structure and its value has the form of a name. */
export function isPlainName(name: string, value: string): boolean {
  return STRUCTURE.has(name) && /^[\w./:@+-]{0,128}$/.test(value);
}

/** Whether providers put their error message into a field of this name. */
export function isErrorField(name: string): boolean {
  return ERRORS.has(name);
}
