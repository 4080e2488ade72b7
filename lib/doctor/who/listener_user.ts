/**
 * Whose process listens on a port, as Linux reports it: for a sidecar that can keep no secret, as in a container whose disk
 * is read-only. Whoever runs as the same user could read the secret as well.
 *
 * Its rule: where there is nothing to ask the system with, as in an image that holds one program, there is no other program either.
 *
 * @module
 */

/** The tables of all sockets of this network namespace (proc(5)). */
const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"];
/** The longest table that is read, in bytes: some 30,000 sockets. */
const MAX_BYTES = 4 * 1024 * 1024;
/** The program that prints a file; the last one is that of NixOS. */
const CATS = ["/bin/cat", "/usr/bin/cat", "/run/current-system/sw/bin/cat"];
/** `st` of a socket that listens. */
const LISTEN = "0A";

/**
 * Whether every listener on `port` belongs to this user; `false` where the system does not report it.
 *
 * @param read a table's text; `undefined` where there is nothing to read it with
 */
export async function listensAsUs(
  port: number,
  read: (path: string) => Promise<string | undefined> = readTable,
): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  try {
    const texts = await Promise.all(TABLES.map(read));
    const users = texts.flatMap((text) => text === undefined ? [] : listenerUsers(text, port));
    if (texts.includes(undefined)) return true;
    return users.length > 0 && users.every((user) => user === Deno.uid());
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** The users of the listeners on `port` in one table: `sl local_address rem_address st … uid …`. */
export function listenerUsers(table: string, port: number): number[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table.split("\n").slice(1).flatMap((line) => {
    const [, local = "", , state, , , , user] = line.trim().split(/\s+/);
    return state === LISTEN && local.endsWith(end) ? [Number(user)] : [];
  });
}

async function readTable(path: string): Promise<string | undefined> {
  try {
    using file = await Deno.open(path);
    return await readAll((into) => file.read(into), path);
  } catch (error) {
    // The binary has not every permission, without which Deno opens nothing below /proc
    if (error instanceof Deno.errors.NotCapable) return await catTable(path);
    throw error;
  }
}

async function catTable(path: string): Promise<string | undefined> {
  const cat = await catHere();
  if (cat === undefined) return undefined;
  await using child = new Deno.Command(cat, { args: [path], stdout: "piped", stderr: "null" })
    .spawn();
  const reader = child.stdout.getReader();
  let rest = new Uint8Array(0);
  return await readAll(async (into) => {
    if (rest.length === 0) {
      const { value } = await reader.read();
      if (!value) return null;
      rest = value;
    }
    const size = Math.min(rest.length, into.length);
    into.set(rest.subarray(0, size));
    rest = rest.subarray(size);
    return size;
  }, path);
}

/** By its path, so that a start without PATH finds it too; `undefined` where the machine has none. */
async function catHere(): Promise<string | undefined> {
  for (const path of CATS) {
    try {
      await Deno.stat(path);
      return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** Everything that `read` gives, as text. @throws RangeError beyond {@link MAX_BYTES} */
async function readAll(
  read: (into: Uint8Array) => Promise<number | null>,
  path: string,
): Promise<string> {
  const bytes = new Uint8Array(MAX_BYTES);
  let size = 0;
  for (let more: number | null = 1; more && size < MAX_BYTES;) {
    more = await read(bytes.subarray(size));
    size += more ?? 0;
  }
  if (size === MAX_BYTES) throw new RangeError(`${path} is longer than ${MAX_BYTES} bytes`);
  return new TextDecoder().decode(bytes.subarray(0, size));
}
