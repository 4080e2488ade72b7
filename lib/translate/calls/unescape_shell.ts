/**
 * HTML entities in the command of a shell call, from models that escape their arguments: `cd /tmp &amp;&amp; ls`.
 *
 * Its rule: a command is decoded only where nothing in it could have stood there unescaped; half of it is never guessed.
 *
 * @module
 */

import { ENTITY_NAME, readEntities } from "../../base/entities.ts";
import { isObject, type Json, parseJson } from "../../base/json.ts";
import type { Schemas } from "./schemas.ts";

/** The parameters that hold a command. */
const COMMANDS = ["cmd", "command"];
/** What an escaped text cannot hold. */
const RAW = new RegExp(`[<>"]|&(?!(?:${ENTITY_NAME});)`);

/** The arguments with the command decoded; the very same text where there is nothing to decode. */
export function unescapeShell(args: string, schemas: Schemas): string {
  if (!args.includes("&")) return args;
  const value = parseJson(args);
  if (!isObject(value)) return args;
  let same = true;
  const own = { ...value };
  for (const key of COMMANDS) {
    const command = value[key];
    if (command === undefined || schemas.property(schemas.root, key) === undefined) continue;
    const decoded = decode(command);
    same &&= decoded === command;
    own[key] = decoded;
  }
  return same ? args : JSON.stringify(own);
}

function decode(value: Json): Json {
  if (Array.isArray(value)) {
    const texts = value.map(decode);
    return texts.every((each, at) => each === value[at]) ? value : texts;
  }
  if (typeof value !== "string" || RAW.test(value) || !value.includes("&")) return value;
  return readEntities(value);
}
