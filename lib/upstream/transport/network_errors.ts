/**
 * Turns the errors of sockets, TLS and HTTP into sentences for the user: which side did what, without a stack.
 *
 * @module
 */

/** The sentence part for each code of the system. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Connection refused",
  ECONNRESET: "connection reset",
  EPIPE: "connection closed",
  ECONNABORTED: "connection closed",
  ETIMEDOUT: "no answer",
  EHOSTUNREACH: "No route to host",
  ENETUNREACH: "Network unreachable",
  EADDRNOTAVAIL: "no address of this machine can be used for it",
  ENOTFOUND: "the host name is not known",
  ENODATA: "the host name has no address",
  EAI_AGAIN: "the name server does not answer",
  EMFILE: "this process has too many open connections",
  ENFILE: "this machine has too many open connections",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate was issued for another host",
};

const UNTRUSTED =
  "its certificate cannot be verified: it is expired, self-signed, or of an authority that is not known here";

/** The code that Node gives an error, empty where there is none. */
export function codeOf(thrown: unknown): string {
  const code: unknown = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return typeof code === "string" ? code : "";
}

/** Why it failed, as a clause: `connection reset`. */
export function reasonOf(thrown: unknown): string {
  const code = codeOf(thrown);
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  if (/expired/i.test(text)) return "its certificate is expired";
  if (isUntrusted(code, text)) return UNTRUSTED;
  if (/WRONG_VERSION_NUMBER|InvalidContentType|corrupt message/i.test(`${code} ${text}`)) {
    return "it does not speak TLS there";
  }
  if (/^(aborted|socket hang up)$/.test(text)) return "connection closed";
  // The runtime's sentence may hold OpenSSL's file names: its first clause is enough
  const first = text.replace(/\s*\((?:os error|SSL routines)[^)]*\)/g, "").slice(0, 200);
  return REASONS[code] ?? (first === "" ? "no reason given" : first);
}

/** What the user can do about it, as one sentence. */
export function hintFor(thrown: unknown): string {
  const code = codeOf(thrown);
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return "Check the host in base_url; something on the way may answer in its place";
  }
  if (/expired/i.test(text) || isUntrusted(code, text)) {
    return "Check the system's date; behind a company proxy set DENO_TLS_CA_STORE=system, or " +
      "NODE_EXTRA_CA_CERTS to the file of its authority";
  }
  if (code === "ECONNREFUSED") {
    return "Nothing listens there: check base_url and that the gateway runs";
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "ENODATA") {
    return "Check the host name and the network";
  }
  if (/InvalidContentType|WRONG_VERSION|corrupt message/i.test(`${code} ${text}`)) {
    return "Check whether base_url should begin with http:// and which port it names";
  }
  return "Check the network, the proxy variables and base_url";
}

function isUntrusted(code: string, text: string): boolean {
  return /UNABLE_TO_|SELF_SIGNED|CERT_|CERTIFICATE/.test(code) && !/ALTNAME/.test(code) ||
    /peer certificate|UnknownIssuer/i.test(text);
}
