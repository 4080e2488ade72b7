/**
 * The secret by which this user's commands know this user's sidecar: 32 random bytes in `identity` of the state folder.
 *
 * Only its owner may read it (0600; on Windows the profile folder's own access list keeps others out). It is never
 * logged, never printed, and never sent. `serve` creates it; every other command only reads it. Its bytes come from the
 * system and not from `Random`: nobody may choose them.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { link, open, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { SECRET_BYTES } from "../base/identity.ts";
import { inheritedOwner, makeOwnFolder } from "./inherited_owner.ts";
import type { System } from "./paths.ts";

/** What the file holds. */
type FoundSecret =
  | { readonly is: "secret"; readonly secret: Uint8Array }
  | { readonly is: "none" }
  /** It must not be used: somebody else may know it, or it is damaged. `why` completes "its file …". */
  | { readonly is: "bad"; readonly why: string };

/** Lower-case hex and a line feed. */
const TEXT = /^[0-9a-f]{64}\n$/;
const FILE_BYTES = 2 * SECRET_BYTES + 1;
const OTHERS = 0o077;

/** Where the secret is kept. */
export function secretFile(system: System, stateDir: string): string {
  return `${stateDir}${system === "windows" ? "\\" : "/"}identity`;
}

/** Reads the secret. Never throws. @param user whose it must be; `null` where the system has no numbers for users */
export async function readSecret(path: string, user?: number | null): Promise<FoundSecret> {
  try {
    // A pipe with this name must not hold the reader; a link may lead to a file that others know.
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
    const flags = Deno.build.os === "windows" ? "r" : O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
    const file = await open(path, flags);
    try {
      const facts = await file.stat();
      const unsafe = whyUnsafe(facts, user === undefined ? await ownUser(path) : user);
      if (unsafe !== undefined) return { is: "bad", why: unsafe };
      const bytes = new Uint8Array(FILE_BYTES + 1);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      const text = new TextDecoder().decode(bytes.subarray(0, bytesRead));
      if (!TEXT.test(text)) return { is: "bad", why: "does not hold a secret" };
      return { is: "secret", secret: new Uint8Array(parseHex(text)) };
    } finally {
      await file.close();
    }
  } catch (error) {
    return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR"
      ? { is: "none" }
      : { is: "bad", why: `cannot be read (${codeOf(error)})` };
  }
}

/**
 * Reads the secret, or creates it atomically, once where several processes start together. A secret that is damaged,
 * or that others could have read, is replaced.
 *
 * @returns the secret, or why there is none, to complete "its file …"
 */
export async function keepSecret(path: string, user?: number | null): Promise<FoundSecret> {
  const found = await readSecret(path, user);
  if (found.is === "secret") return found;
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    await makeOwnFolder(dirname(path));
    await write(draft, randomBytes(SECRET_BYTES).toString("hex") + "\n");
    try {
      await put(draft, path, found.is === "bad");
    } finally {
      await unlink(draft).catch(unlessMissing);
    }
  } catch (error) {
    return { is: "bad", why: `cannot be written (${codeOf(error)})` };
  }
  return await readSecret(path, user);
}

async function write(path: string, text: string): Promise<void> {
  const owner = await inheritedOwner(dirname(path));
  const file = await open(path, "wx", 0o600);
  try {
    if (owner) await file.chown(owner.user, owner.group);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Gives the draft its name. Of several at once the first wins, unless a bad file is in the way. */
async function put(draft: string, path: string, replace: boolean): Promise<void> {
  if (replace) return await rename(draft, path);
  try {
    await link(draft, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    await rename(draft, path); // a file system without hard links
  }
}

interface Facts {
  isFile(): boolean;
  readonly mode: number;
  readonly uid: number;
}

/** This process's user; where Deno was not allowed to ask (`deno task start`), whoever owns the state folder. */
async function ownUser(path: string): Promise<number | null> {
  try {
    return Deno.uid();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    return (await stat(dirname(path))).uid;
  }
}

/** Root reads a user's file under `sudo`, and is trusted with it. */
function whyUnsafe(facts: Facts, user: number | null): string | undefined {
  if (!facts.isFile()) return "is no file";
  if (user === null) return undefined;
  if (user !== 0 && facts.uid !== user) return "belongs to another user";
  return (facts.mode & OTHERS) === 0 ? undefined : "may be read or written by other users";
}

function parseHex(text: string): number[] {
  return text.trim().match(/../g)?.map((byte) => parseInt(byte, 16)) ?? [];
}

function unlessMissing(error: unknown): void {
  if (codeOf(error) !== "ENOENT") throw error;
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : error instanceof Error ? error.name : "unknown";
}
