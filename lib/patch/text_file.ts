/**
 * A settings file as text and as bytes: the text is what is edited, the bytes are what must still stand when it is written.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { isObject, type JsonObject, parseJson } from "../base/json.ts";
import { type Disk, diskFailure, type FileFacts } from "./disk.ts";

/** A file that was read. */
export interface TextFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** With its byte order mark, where it has one. */
  readonly text: string;
}

/**
 * Reads a file; `undefined` where there is none.
 *
 * @throws {Failure} `bad_config` where the system refuses, or it is no UTF-8.
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

/** A JSON object that nobody needs: nothing where there is none, or none that can be read. */
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

/** What a path leads to. @throws {Failure} `bad_config` where the system refuses. */
export async function statFile(disk: Disk, path: string): Promise<FileFacts | undefined> {
  try {
    return await disk.stat(path);
  } catch (error) {
    throw diskFailure(`look at ${path}`, error);
  }
}

/**
 * The text of a file's bytes, its byte order mark included.
 *
 * @throws {Failure} `bad_config` with `hint` where they are no UTF-8.
 */
export function utf8(bytes: Uint8Array, path: string, hint: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new Failure("bad_config", `${path} is not UTF-8 text`, { cause: error, hint });
  }
}
