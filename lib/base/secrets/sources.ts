/**
 * Which secrets a set of headers or a URL holds, so that they can be hidden in other texts, too.
 *
 * @module
 */

import { isSecretHeader, isSecretQuery, looksRandom } from "./forms.ts";
import { maskSecrets } from "./secrets.ts";

/** A segment of a path that may be the key of a gateway: long, with digits and letters. */
const KEY_IN_PATH = /^(?=.*\d)(?=.*[a-z])[\w.~-]{20,}$/i;
/** A value of a query that may be a key, whatever its name is. */
const KEY_IN_QUERY = /^(?=.*\d)(?=.*[a-z])[\w.~+/=-]{20,}$/i;

/** The values of headers that hold secrets: as they are, without their scheme, and the values in cookies and basic logins. */
export function headerSecrets(headers: Headers): string[] {
  const found = [...headers].flatMap(([name, value]) => {
    if (!isSecretHeader(name)) return [];
    const bare = value.replace(/^[\w-]{1,32} +/, "");
    return [value, bare, ...(/cookie$/i.test(name) ? cookies(value) : basic(value))];
  });
  return [...new Set(found)].filter(Boolean);
}

/** User, password, secret parameters and parts of the path that look like keys; empty where the text is no URL. */
export function urlSecrets(text: string): string[] {
  const url = URL.parse(text);
  if (url === null) return [];
  const { username, password, searchParams, pathname, search } = url;
  const raw = search.slice(1).split("&").map((pair) => pair.slice(pair.indexOf("=") + 1));
  const values = [...searchParams].flatMap(([name, value], at) =>
    isSecretQuery(name) || KEY_IN_QUERY.test(value) ? [value, raw[at] ?? ""] : []
  );
  const segments = pathname.split("/").filter((segment) =>
    KEY_IN_PATH.test(segment) && looksRandom(segment)
  );
  const found = [username, password, ...values, ...segments];
  return [...new Set([...found, ...found.map(decoded)])].filter(Boolean);
}

/** A URL as it may be shown: without user, password, secret parameters, and keys in its path. */
export function shownUrl(url: string): string {
  return maskSecrets(url, urlSecrets(url));
}

function cookies(value: string): string[] {
  return value.split(";").map((pair) => pair.slice(pair.indexOf("=") + 1).trim());
}

function basic(value: string): string[] {
  const encoded = /^basic +([\w+/=-]+)$/i.exec(value)?.[1];
  if (
    encoded === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded) || encoded.length % 4 === 1
  ) return [];
  const plain = atob(encoded);
  return [plain, plain.slice(plain.indexOf(":") + 1)];
}

function decoded(text: string): string {
  return text.replace(/(?:%[0-7][0-9a-f])+/gi, (code) => decodeURIComponent(code));
}
