import assert from "node:assert/strict";
import { SHOWN } from "../../lib/commands/demo/cases.ts";
import { drawTable, readTable, THEMES } from "./demo_picture.ts";

const OUTPUT = `A provider that misbehaves
  0.1 s  x  straight: LOST HTTP 503

what it does    straight   through the sidecar
──────────────  ─────────  ─────────────────────
a <503> & more  ✗ HTTP "5  ✓ the complete answer
is silent…      ✗ idle     ✓ the complete answer

Complete answers: 0 of 2 directly, 2 of 2 through the sidecar, in 5 s.
`;

/** The texts of a picture, as a reader sees them. */
function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([\s\S]*?)<\/text>/g)].map(([, inside = ""]) =>
    inside.replace(/<[^>]*>/g, "").replaceAll("&lt;", "<").replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"').replaceAll("&amp;", "&")
  );
}

Deno.test("demo picture: the last table of the output is read cell by cell", () => {
  assert.deepEqual(readTable(OUTPUT), {
    heads: ["what it does", "straight", "through the sidecar"],
    rows: [
      ["a <503> & more", '✗ HTTP "5', "✓ the complete answer"],
      ["is silent…", "✗ idle", "✓ the complete answer"],
    ],
    sum: "Complete answers: 0 of 2 directly, 2 of 2 through the sidecar, in 5 s.",
  });
  assert.throws(() => readTable("nothing"), /no table/);
  assert.throws(() => readTable(OUTPUT.replace("✗ idle  ", "        ")), /empty cell/);
});

Deno.test("demo picture: every text is a text, and markup in it is none", () => {
  for (const theme of Object.values(THEMES)) {
    const svg = drawTable(readTable(OUTPUT), theme);
    assert.deepEqual(textsOf(svg).slice(-7), [
      "a <503> & more",
      '✗HTTP "5',
      "✓the complete answer",
      "is silent…",
      "✗idle",
      "✓the complete answer",
      "Complete answers: 0 of 2 directly, 2 of 2 through the sidecar, in 5 s.",
    ]);
    assert.ok(!svg.includes("<503>"));
  }
});

Deno.test("demo picture: the stored pictures are of the faults that the demo shows, all survived", () => {
  for (const name of Object.keys(THEMES)) {
    const svg = Deno.readTextFileSync(new URL(`../../docs/images/${name}`, import.meta.url));
    const texts = textsOf(svg);
    for (const { doc } of SHOWN) assert.ok(texts.includes(doc), `${name}: run deno task picture`);
    assert.equal(texts.filter((text) => text.startsWith("✓")).length, SHOWN.length, name);
    assert.equal(texts.filter((text) => text.startsWith("✗")).length, SHOWN.length, name);
  }
});

/** The contrast of two colours by WCAG 2.1, from 1 to 21. */
function contrast(one: string, two: string): number {
  const light = (color: string) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = parseInt(color.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
  };
  const [low = 1, high = 1] = [light(one), light(two)].sort((a, b) => a - b);
  return high / low;
}

Deno.test("demo picture: each colour of a text can be read on its background", () => {
  assert.ok(Math.abs(contrast("#000000", "#ffffff") - 21) < 0.01);
  for (const { back, bar, text, dim, good, bad } of Object.values(THEMES)) {
    for (const color of [text, dim, good, bad]) assert.ok(contrast(color, back) >= 4.5, color);
    assert.ok(contrast(dim, bar) >= 4.5, dim);
  }
});
