/**
 * Which certificate authorities are trusted: the runtime's store, and the files that the environment names.
 *
 * The runtime reads `DENO_TLS_CA_STORE` and `DENO_CERT` by itself, in a compiled program too. `NODE_EXTRA_CA_CERTS` it
 * reads from 2.9 on (not in 2.7.14), so that one is read here. Authorities given to a connection replace the store in
 * 2.9 and join it in 2.7.14: the complete list is given.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import * as tls from "node:tls";
import type { ReadEnv } from "./proxy_env.ts";

/** The authorities that a host's certificate is verified against. */
export interface Trust {
  /** `undefined`: the runtime's own store. */
  context(): tls.SecureContext | undefined;
  /** Files that were named and could not be read, as a sentence's end; empty where all is well. */
  readonly unread: string;
}

/** Reads the files once, when the first connection asks. */
export function openTrust(env: ReadEnv): Trust {
  let context: tls.SecureContext | undefined;
  let made = false;
  let unread = "";
  const read = (name: string): string[] => {
    const path = env(name)?.trim();
    if (!path) return [];
    try {
      return [readFileSync(path, "utf8")];
    } catch (error) {
      const why = error instanceof Error && "code" in error ? `${error.code}` : "no access";
      unread = `the file that ${name} names cannot be read (${why})`;
      return [];
    }
  };
  return {
    context() {
      if (made) return context;
      made = true;
      const extra = read("NODE_EXTRA_CA_CERTS");
      if (extra.length === 0) return undefined;
      context = tls.createSecureContext({ ca: [...store(), ...read("DENO_CERT"), ...extra] });
      return context;
    },
    get unread() {
      return unread;
    },
  };
}

/** The runtime's store, where it can be asked (from 2.8 on). */
function store(): string[] {
  const list: unknown = Reflect.get(tls, "getCACertificates");
  const found: unknown = typeof list === "function" ? list("default") : [];
  return Array.isArray(found) ? found.filter((one) => typeof one === "string") : [];
}
