import assert from "node:assert/strict";
import { readEntities, writeEntities } from "../../lib/base/entities.ts";

Deno.test("entities: what is written is read again, once and not twice", () => {
  for (const text of ["", "a & b", `<a href="x">it's</a>`, "&amp;lt;", "&&&", "&unknown; &#12;"]) {
    const written = writeEntities(text);
    assert.doesNotMatch(written, /[<>"']/);
    assert.equal(readEntities(written), text);
  }
  assert.equal(readEntities("&AMP; &#39;&#x27;&#34; &hellip; &amp;amp;"), `& ''" &hellip; &amp;`);
});
