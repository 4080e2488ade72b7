/**
 * The visible text of a gateway's error page.
 *
 * @module
 */

import { readEntities } from "../../base/entities.ts";

/** The page's title, else the beginning of its visible text; `undefined` when `text` is no HTML. */
export function asHtml(text: string): string | undefined {
  if (!/^<(?:!doctype|html|head|body|title|center|h1|\?xml|!--)/i.test(text)) return undefined;
  const title = /<title[^>]{0,200}>([^<]{1,500})</i.exec(text)?.[1];
  return visible(title ?? "") || visible(
    // A script without an end reaches to the end of the page, so that the search stays linear
    text.replace(/<(script|style)\b[\s\S]*?(?:<\/\1\s{0,8}>|$)/gi, " ").replace(/<[^>]*>?/g, " "),
  );
}

function visible(text: string): string {
  return readEntities(text.replace(/&nbsp;/gi, " ")).replace(/\s+/g, " ").trim();
}
