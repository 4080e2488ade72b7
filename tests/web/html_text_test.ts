/**
 * Pages as text: what stays, what goes, and what a hostile one costs.
 */

import { deepEqual, equal, ok } from "node:assert/strict";
import { Parser } from "htmlparser2";
import { outOfProportion } from "../helpers/rules/growth.ts";
import { decodePage } from "../../lib/web/charset.ts";
import { HtmlText, type PageText } from "../../lib/web/html_text.ts";

function read(html: string, pieces = Math.ceil(html.length / 32_768)): PageText {
  const text = new HtmlText(Parser);
  const length = Math.ceil(html.length / pieces);
  for (let at = 0; at < html.length; at += length) text.write(html.slice(at, at + length));
  return text.end();
}

const PAGE = `<!doctype html><html><head><title> A
 page </title><style>p{}</style><script>if (a < b) alert("</p>")</script></head><body>
<nav><a href="/menu">Menu</a></nav><h1>Head &amp; line</h1>
<p>One <b>two</b>
three <a href="/x?a=1&amp;b=2">four</a>, five<br>six</p><ul><li>a</li><li>b</ul>
<table><tr><td>1<td>2</tr></table><pre>  kept
   as is</pre><p hidden>secret</p><div aria-hidden="true">also</div>
<img src=x alt="a cat"><a href="#top">up</a><a href="javascript:x()">js</a><footer>Foot</footer></body></html>`;

Deno.test("html text: what a page says, line by line, with its links numbered", () => {
  for (const pieces of [1, 2, 7, PAGE.length]) {
    deepEqual(read(PAGE, pieces), {
      title: "A page",
      lines: [
        "# Head & line",
        "One two three four [link 0], five",
        "six",
        "- a",
        "- b",
        "| 1 | 2",
        "  kept",
        "   as is",
        "[image: a cat] upjs",
      ],
      links: ["/x?a=1&b=2"],
    });
  }
});

Deno.test("html text: an article with enough text stands for its page", () => {
  const article = "It goes on and on. ".repeat(20);
  const { lines } = read(`<p>Around</p><article><p>${article}</p></article><p>More around</p>`);
  deepEqual(lines, [article.trim()]);
  deepEqual(read("<p>Around</p><main><p>Short</p></main>").lines, ["Around", "Short"]);
});

const HOSTILE: Readonly<Record<string, (size: number) => string>> = {
  "angle brackets": (size) => "<".repeat(size),
  "nested elements": (size) => "<div>".repeat(size / 5),
  "nested inline elements": (size) => "<b>".repeat(size / 3),
  "nested tables": (size) => "<table><tr><td>".repeat(size / 15),
  "nested hidden elements": (size) => "<p hidden>".repeat(size / 10),
  "nested nav": (size) => "<nav>".repeat(size / 5),
  "ampersands": (size) => "&".repeat(size),
  "entities": (size) => "&amp;".repeat(size / 5),
  "attributes": (size) => `<a ${"x=1 ".repeat(size / 4)}>`,
  "an attribute without end": (size) => `<a href="${"x".repeat(size)}`,
  "a comment without end": (size) => `<!--${"-".repeat(size)}`,
  "a script without end": (size) => `<script>${"</scrip".repeat(size / 7)}`,
  "links": (size) => "<a href=/x>".repeat(size / 11),
  "titles": (size) => "<title>a".repeat(size / 8),
  "line breaks": (size) => "<br>".repeat(size / 4),
  "one line": (size) => "a ".repeat(size / 2),
  "closing tags": (size) => "</p>".repeat(size / 4),
};

Deno.test("html text: a hostile page costs what it is long", () => {
  for (const [name, make] of Object.entries(HOSTILE)) {
    equal(outOfProportion((size) => void read(make(size)), 1 << 13), undefined, name);
  }
});

Deno.test("html text: what is nested without end is left out, and that is said", () => {
  const { lines } = read(`<p>Before</p>${"<div>".repeat(50_000)}<p>Behind</p>`);
  equal(lines.at(-1), "[The rest is nested too deeply to be read]");
  ok(!lines.includes("Behind"));
});

Deno.test("html text: links and text of a page are bounded", () => {
  ok(read("<a href=/x>y</a>".repeat(5_000)).links.length <= 500);
  const { lines } = read(`<p>${"long ".repeat(1_000)}</p>`.repeat(1_000));
  ok(lines.reduce((sum, line) => sum + line.length, 0) < 1_100_000);
});

const GBK = Uint8Array.of(0xc4, 0xe3, 0xba, 0xc3); // 你好
const bytes = (text: string) => new TextEncoder().encode(text);
const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

Deno.test("charset: a page is read in the encoding that it has", () => {
  const cases: [string, Uint8Array, string, string][] = [
    ["by its header", GBK, "text/html; charset=gbk", "你好"],
    ["by its header, quoted", GBK, 'text/html; Charset="GB2312"', "你好"],
    [
      "by a meta element",
      joined(bytes("<meta charset=gbk>"), GBK),
      "text/html",
      "<meta charset=gbk>你好",
    ],
    [
      "by an older meta element",
      joined(bytes(`<meta http-equiv=x content="text/html; charset=GBK">`), GBK),
      "",
      `<meta http-equiv=x content="text/html; charset=GBK">你好`,
    ],
    [
      "by its mark",
      joined(Uint8Array.of(0xef, 0xbb, 0xbf), bytes("é")),
      "text/html; charset=gbk",
      "é",
    ],
    ["as UTF-8 else", bytes("é你"), "text/html", "é你"],
    ["as UTF-8 where the name is none", bytes("é"), "text/html; charset=klingon", "é"],
    [
      "as UTF-8 where it claims UTF-16",
      bytes("<meta charset=utf-16>é"),
      "",
      "<meta charset=utf-16>é",
    ],
    ["never failing", Uint8Array.of(0xff, 0x41), "text/html; charset=utf-8", "\ufffdA"],
  ];
  for (const [name, page, type, text] of cases) equal(decodePage(page, type), text, name);
});
