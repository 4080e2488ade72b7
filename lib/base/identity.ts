/**
 * The proof that a listener is this user's own sidecar: an HMAC-SHA256 over a nonce of the asker's, with a secret that
 * only this user can read.
 *
 * The MAC covers the purpose, the address that the sidecar listens on and the asker's end of the TCP connection, so that
 * a program on another port, or one that passes the question on over a connection of its own, cannot use the answer.
 *
 * @module
 */

import { createHmac, timingSafeEqual } from "node:crypto";

/** An IP address and a port. */
interface Endpoint {
  readonly hostname: string;
  readonly port: number;
}

/** The two ends of a TCP connection as the sidecar sees it. */
export interface Connection {
  /** The address that it listens on, which may be a wildcard. */
  readonly local: Endpoint;
  /** The client's end. */
  readonly remote: Endpoint;
}

/** How many bytes the secret has. */
export const SECRET_BYTES = 32;
/** What the MAC is for: no other use of the secret may give the same bytes. */
const PURPOSE = "codex-sidecar healthz proof 1";
const NONCE = /^[0-9a-f]{32,128}$/;

/** Whether a nonce has the form that is answered: 16 to 64 bytes in lower-case hex. */
export function isNonce(text: string): boolean {
  return NONCE.test(text);
}

/** The proof, 64 hex digits. */
export function prove(secret: Uint8Array, nonce: string, connection: Connection): string {
  return mac(secret, nonce, connection).toString("hex");
}

/**
 * Whether `proof` was made with this secret for this nonce and this connection. Takes the same time for every proof of
 * the right length.
 *
 * @param proof the value in the answer, of any type
 * @param asked the connection as the client sees it; a listener on every address is accepted for the one that was asked
 */
export function proves(
  secret: Uint8Array,
  nonce: string,
  asked: Connection,
  proof: unknown,
): boolean {
  if (typeof proof !== "string" || !/^[0-9a-f]{64}$/.test(proof)) return false;
  const given = new Uint8Array(proof.match(/../g)?.map((byte) => parseInt(byte, 16)) ?? []);
  const hosts = [asked.local.hostname, "0.0.0.0", "::"];
  return hosts.map((hostname) => {
    const local = { hostname, port: asked.local.port };
    return timingSafeEqual(mac(secret, nonce, { ...asked, local }), given);
  }).includes(true);
}

function mac(secret: Uint8Array, nonce: string, { local, remote }: Connection) {
  const lines = [PURPOSE, nonce, endpoint(local), endpoint(remote)];
  return createHmac("sha256", secret).update(lines.join("\n")).digest();
}

/** A listener of both families sees IPv4 clients as `::ffff:127.0.0.1`. */
function endpoint({ hostname, port }: Endpoint): string {
  return `${hostname.replace(/^::ffff:(?=[\d.]+$)/i, "")} ${port}`;
}
