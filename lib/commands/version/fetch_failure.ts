/**
 * What `fetch` throws, in words: which side did what, without the URL and without a stack.
 *
 * The runtime gives no codes, only texts; they are read for the reason and for whether anything was sent.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";

/** A failure before the response head. */
export function fetchFailure(thrown: unknown, title: string, host: string): Failure {
  if (thrown instanceof Failure) return thrown;
  const reason = reasonOf(thrown);
  if (/\(Connect\)|dns error|tcp connect|certificate|tls|handshake/i.test(chain(thrown))) {
    return new Failure("unreachable", `${title} could not be reached at ${host}: ${reason}`, {
      cause: thrown,
      hint: hintFor(reason),
    });
  }
  return new Failure(
    "broken_stream",
    `${title} closed the connection before it answered (${reason})`,
    {
      cause: thrown,
    },
  );
}

function chain(thrown: unknown): string {
  const parts: string[] = [];
  for (let at = thrown; at instanceof Error && parts.length < 5; at = at.cause) {
    parts.push(at.message);
  }
  return parts.join(": ") || String(thrown);
}

/** The innermost clause of the runtime's sentence: `Connection refused`. */
function reasonOf(thrown: unknown): string {
  const text = chain(thrown).replace(/\s*\(os error \d+\)/g, "").replace(
    /for url \([^)]*\):?/g,
    "",
  );
  const last = text.split(": ").filter((part) => part.trim() !== "").at(-1) ?? text;
  return last.trim().slice(0, 200);
}

function hintFor(reason: string): string {
  if (/certificate|tls|handshake|UnknownIssuer/i.test(reason)) {
    return "Check the system's date and, behind a company proxy, set DENO_TLS_CA_STORE=system";
  }
  if (/refused/i.test(reason)) {
    return "Nothing listens there: check base_url and that the gateway runs";
  }
  if (/lookup|resolve|name or service|dns/i.test(reason)) {
    return "Check the host name and the network";
  }
  return "Check the network, the proxy variables and base_url";
}
