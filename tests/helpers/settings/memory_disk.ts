/**
 * A disk in memory that can fail or be cut off at any operation, for everything that writes settings.
 *
 * @module
 */

import type { Disk, FileFacts } from "../../../lib/patch/disk/disk.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What is thrown where the process would be dead; nothing may catch it and go on. */
export class Killed extends Error {}

/** What the tests may set on a {@link MemoryDisk}. */
export interface Trouble {
  /** The process dies at this writing operation, counted from 0; a file it creates is left half written. */
  killAt?: number;
  /** Thrown in place of a writing operation on a path that matches. */
  refuse?: { path: RegExp; error: () => Error };
}

/** Files by path, with their modes. Folders exist by themselves; links lead to paths. */
export class MemoryDisk implements Disk {
  readonly files = new Map<string, { bytes: Bytes; mode: number; changed: number }>();
  readonly links = new Map<string, string>();
  /** What is known of folders that have more than a name. */
  readonly folders = new Map<string, FileFacts>();
  /** Locks that a process holds, by path. */
  readonly locks = new Set<string>();
  trouble: Trouble = {};
  /** Writing operations so far: `create /h/a`. */
  readonly written: string[] = [];
  #dead = false;
  #time = 0;

  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [path, text] of Object.entries(files)) this.put(path, text);
  }

  /** Lays a file down, as another program would. */
  put(path: string, text: string, mode = 0o644): void {
    this.files.set(path, { bytes: new TextEncoder().encode(text), mode, changed: ++this.#time });
  }

  /** The text of a file, its byte order mark included. */
  text(path: string): string | undefined {
    const file = this.files.get(path);
    return file && new TextDecoder("utf-8", { ignoreBOM: true }).decode(file.bytes);
  }

  /** All texts below a folder. */
  all(folder = ""): Record<string, string | undefined> {
    const paths = [...this.files.keys()].filter((path) => path.startsWith(folder)).sort();
    return Object.fromEntries(paths.map((path) => [path, this.text(path)]));
  }

  /** The same files under a process that lives. */
  revived(): MemoryDisk {
    const disk = new MemoryDisk();
    for (const [path, file] of this.files) disk.files.set(path, file);
    for (const [path, to] of this.links) disk.links.set(path, to);
    disk.#time = this.#time;
    return disk;
  }

  read(path: string): Promise<Bytes | undefined> {
    return this.#do(() => this.files.get(this.#follow(path))?.bytes.slice());
  }

  stat(path: string): Promise<FileFacts | undefined> {
    return this.#do(() => {
      const file = this.files.get(this.#follow(path));
      const folder = this.folders.get(path);
      if (folder) return folder;
      return file && { isFile: true, mode: file.mode, changed: file.changed };
    });
  }

  realPath(path: string): Promise<string | undefined> {
    return this.#do(() => {
      const to = this.#follow(path);
      return this.files.has(to) ? to : undefined;
    });
  }

  list(path: string): Promise<string[]> {
    return this.#do(() => {
      const below = [...this.files.keys()].filter((one) => one.startsWith(`${path}/`));
      return [...new Set(below.map((one) => one.slice(path.length + 1).split("/")[0] ?? ""))]
        .sort();
    });
  }

  create(path: string, bytes: Bytes, mode: number): Promise<void> {
    const half = { bytes: bytes.slice(0, bytes.length / 2), mode, changed: ++this.#time };
    return this.#write("create", path, () => {
      if (this.files.has(path)) throw new Deno.errors.AlreadyExists(path);
      this.files.set(path, { bytes: bytes.slice(), mode, changed: ++this.#time });
    }, () => this.files.set(path, half));
  }

  overwrite(path: string, bytes: Bytes): Promise<void> {
    return this.#write("overwrite", path, () => {
      const file = this.files.get(this.#follow(path));
      if (!file) throw new Deno.errors.NotFound(path);
      this.files.set(this.#follow(path), { ...file, bytes: bytes.slice(), changed: ++this.#time });
    });
  }

  writable(path: string): Promise<boolean> {
    return this.#do(() => {
      const { refuse } = this.trouble;
      if (refuse?.path.test(path)) throw refuse.error();
      return this.files.has(path);
    });
  }

  lock(path: string): Promise<(() => void) | undefined> {
    return this.#do(() => {
      if (this.locks.has(path)) return undefined;
      this.locks.add(path);
      return () => void this.locks.delete(path);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#write("rename", to, () => {
      const file = this.files.get(from);
      if (!file) throw new Deno.errors.NotFound(from);
      this.files.set(to, file);
      this.files.delete(from);
    });
  }

  remove(path: string): Promise<void> {
    return this.#write("remove", path, () => {
      if ([...this.files.keys()].some((one) => one.startsWith(`${path}/`))) {
        throw new Error(`${path} is a folder that is not empty`);
      }
      this.files.delete(path);
    });
  }

  makeFolder(path: string): Promise<void> {
    return this.#write("folder", path, () => {});
  }

  #follow(path: string): string {
    const to = this.links.get(path);
    return to === undefined ? path : this.#follow(to);
  }

  #write(what: string, path: string, run: () => void, half = () => {}): Promise<void> {
    return this.#do(() => {
      const { killAt, refuse } = this.trouble;
      if (this.written.length === killAt) {
        half();
        this.#dead = true;
        throw new Killed(`${what} ${path}`);
      }
      this.written.push(`${what} ${path}`);
      if (refuse?.path.test(path)) throw refuse.error();
      run();
    });
  }

  #do<T>(run: () => T): Promise<T> {
    return new Promise((resolve) => {
      if (this.#dead) throw new Killed("the process is dead");
      resolve(run());
    });
  }
}
