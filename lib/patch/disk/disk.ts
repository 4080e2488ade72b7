/**
 * The file operations of `init` and `undo`. Tests can replace each of them, to make it fail or to interrupt it.
 *
 * All of `lib/patch/` uses this interface, except for a database (which has its own journal) and a lock file.
 *
 * @module
 */

import type { Owner } from "../../config/inherited_owner.ts";

/** The operations. They throw the system's errors, except where a missing file has a result. */
export interface Disk {
  /** The bytes of a file; `undefined` where there is none. */
  read(path: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Kind, permission bits (0 where the system has none) and time of the last change of what `path` leads to. */
  stat(path: string): Promise<FileFacts | undefined>;
  /** The target of `path` with every link resolved, even where the target is missing; `undefined` where `path` is missing. */
  realPath(path: string): Promise<string | undefined>;
  /** The names in a folder; empty where there is none. */
  list(path: string): Promise<string[]>;
  /**
   * Writes a new file and flushes it to the disk. Throws where one exists.
   *
   * @param owner the owner to set, where the system permits it. @default under root the owner of the folder
   */
  create(
    path: string,
    bytes: Uint8Array<ArrayBuffer>,
    mode: number,
    owner?: Owner,
  ): Promise<void>;
  /** Writes over an existing file, which keeps everything but its content. Not atomic. */
  overwrite(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Whether an existing file may be opened for writing. */
  writable(path: string): Promise<boolean>;
  /** Replaces one file by another, atomically. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, a link or an empty folder; does nothing where there is none. */
  remove(path: string): Promise<void>;
  /** Creates a folder and its parents, readable by the owner alone. */
  makeFolder(path: string): Promise<void>;
  /**
   * Takes the lock on a file, which is created where there is none; the system releases it when the process ends.
   *
   * @returns the function that releases it; `undefined` where another process has it
   */
  lock(path: string): Promise<(() => void) | undefined>;
}

/** The result of `stat`. */
export interface FileFacts {
  readonly isFile: boolean;
  /** A pipe, a device or a socket. @default false */
  readonly special?: boolean;
  /** How many names the file has. @default 1 */
  readonly links?: number;
  /** Bytes. */
  readonly size?: number;
  /** Permission bits, such as `0o600`. */
  readonly mode: number;
  /** Milliseconds since the epoch. */
  readonly changed: number;
  /** Absent where the system has none. */
  readonly owner?: Owner;
}

/** Whether two files hold the same bytes; two missing files are equal. */
export function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
