/**
 * Reads a settings file as text and as bytes. The text is edited; the bytes must be unchanged when the file is written.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { isObject, type JsonObject, parseJson } from "../base/json.ts";
import type { Disk, FileFacts } from "./disk/disk.ts";
import { diskFailure } from "./disk/errors.ts";

/** A file, as it was read. */
export interface TextFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The text, with its byte order mark where it has one. */
  readonly text: string;
}

/**
 * Reads a text file; `undefined` where there is none.
 *
 * @throws {Failure} `bad_config` where the system refuses, or the file is not UTF-8
 */
export async function readTextFile(disk: Disk, path: string): Promise<TextFile | undefined> {
  const bytes = await readBytes(disk, path);
  const hint = "Save it as UTF-8, or leave this program out with --only";
  return bytes && { bytes, text: utf8(bytes, path, hint) };
}

/**
 * The bytes of a file; `undefined` where there is none.
 *
 * @throws {Failure} `bad_config` where the system refuses.
 */
export async function readBytes(
  disk: Disk,
  path: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await disk.read(path);
  } catch (error) {
    throw diskFailure(`read ${path}`, error);
  }
}

/** Reads an optional JSON object; `undefined` where it is missing or cannot be read. */
export async function readIfAny(disk: Disk, path: string): Promise<JsonObject | undefined> {
  try {
    const file = await readTextFile(disk, path);
    const read = file && parseJson(file.text.replace(/^\ufeff/, ""));
    return isObject(read) ? read : undefined;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** The facts about the target of a path; `undefined` where there is none. @throws {Failure} `bad_config` where the system refuses. */
export async function statFile(disk: Disk, path: string): Promise<FileFacts | undefined> {
  try {
    return await disk.stat(path);
  } catch (error) {
    throw diskFailure(`look at ${path}`, error);
  }
}

/**
 * Decodes the bytes of a file; a byte order mark stays.
 *
 * @throws {Failure} `bad_config` with `hint` where they are not UTF-8; UTF-16 is said as such
 */
export function utf8(bytes: Uint8Array, path: string, hint: string): string {
  if (isUtf16(bytes)) {
    throw new Failure("bad_config", `${path} is UTF-16 text, as PowerShell's > writes it`, {
      hint,
    });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new Failure("bad_config", `${path} is not UTF-8 text`, { cause: error, hint });
  }
}

/** UTF-16 by its byte order mark, or by the zero bytes that its ASCII has; settings hold no zero bytes otherwise. */
function isUtf16([a, b, c, d]: Uint8Array): boolean {
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return true;
  return (a !== 0 && b === 0 && c !== 0 && d === 0) || (a === 0 && b !== 0 && c === 0 && d !== 0);
}
