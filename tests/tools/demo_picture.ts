/**
 * `deno task picture`: runs the demo and draws its table as `docs/images/demo-light.svg` and `demo-dark.svg`.
 *
 * What is drawn is what the run printed: the table is read from the command's own output, cell by cell.
 *
 * @module
 */

import { html } from "hono/html";
import { demo } from "../../lib/commands/demo/demo.ts";

/** What the demo printed at its end. */
export interface DemoTable {
  readonly heads: readonly string[];
  /** A fault, what a client got directly, what it got through the sidecar. */
  readonly rows: readonly (readonly string[])[];
  /** `Complete answers: …` */
  readonly sum: string;
}

/** The colours of one picture. */
interface Theme {
  readonly back: string;
  readonly bar: string;
  readonly line: string;
  readonly text: string;
  readonly dim: string;
  readonly good: string;
  readonly bad: string;
}

/** The colours by file name; each text has a contrast of 4.5 or more on its background. */
export const THEMES: Readonly<Record<string, Theme>> = {
  "demo-light.svg": {
    back: "#ffffff",
    bar: "#f3f5f7",
    line: "#d0d7de",
    text: "#1f2328",
    dim: "#57606a",
    good: "#116329",
    bad: "#b31d28",
  },
  "demo-dark.svg": {
    back: "#0d1117",
    bar: "#161b22",
    line: "#30363d",
    text: "#e6edf3",
    dim: "#9198a1",
    good: "#56d364",
    bad: "#ff7b72",
  },
};

const FONT = "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";
const MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const WIDTH = 984;
const SIZE = 13;
const LINE = 17;
/** Above and below the text of a row. */
const PAD = 9;
const TOP = 84;
/** Where the columns begin, and how many letters a line holds; the sign of a cell stands before its text. */
const COLUMNS = [{ x: 24, letters: 54 }, { x: 388, letters: 40 }, { x: 700, letters: 38 }] as const;
const SIGN = 18;

/**
 * Reads the last table of the demo's output.
 *
 * @param output as printed without colours and without a live table
 * @throws {Error} where there is none, or a row has no cell in a column
 */
export function readTable(output: string): DemoTable {
  const lines = output.split("\n");
  const rule = lines.findIndex((line) => /^─+ {2}─+ {2}─+$/.test(line));
  const sum = lines.findLast((line) => line.startsWith("Complete answers:"));
  const head = lines[rule - 1];
  if (rule < 1 || head === undefined || sum === undefined) {
    throw new Error("The demo printed no table");
  }
  const widths = (lines[rule] ?? "").split("  ").map(({ length }) => length);
  const cells = (line: string) => {
    const letters = [...line];
    let from = 0;
    return widths.map((width) => {
      const cell = letters.slice(from, from + width).join("").trim();
      from += width + 2;
      if (cell === "") throw new Error(`The demo's table has an empty cell: ${line}`);
      return cell;
    });
  };
  const end = lines.indexOf("", rule);
  return { heads: cells(head), rows: lines.slice(rule + 1, end).map(cells), sum };
}

/** The table as an SVG, its texts as texts. */
export function drawTable({ heads, rows, sum }: DemoTable, theme: Theme): string {
  const { back, bar, line, text, dim, good, bad } = theme;
  let y = TOP;
  const body = rows.map((row) => {
    const cells = row.map((words, column) => cellOf(words, column));
    const top = y;
    y += Math.max(...cells.map(({ lines }) => lines.length)) * LINE + PAD;
    const drawn = cells.map(({ sign, lines, x }) => {
      const fill = { "✓": good, "✗": bad }[sign] ?? text;
      const from = x + (sign === "" ? 0 : SIGN);
      const mark = sign === "" ? "" : html`<tspan x="${x}" font-weight="700">${sign}</tspan>`;
      const words = lines.map((words, at) =>
        html`<tspan x="${from}" dy="${at === 0 ? 0 : LINE}">${words}${
          at < lines.length - 1 ? " " : ""
        }</tspan>`
      );
      return html`<text y="${top + LINE}" fill="${fill}">${mark}${words}</text>`;
    });
    return html`<g>${drawn}</g>\n`;
  });
  const headed = heads.map((head, column) =>
    html`<text x="${COLUMNS[column]?.x ?? 0}" y="66">${head}</text>\n`
  );
  const height = y + 54;
  const right = WIDTH - 24;
  const picture = html`
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}"
      height="${height}" role="img" aria-labelledby="title sum" font-family="${FONT}"
      font-size="${SIZE}" fill="${text}">
    <title id="title">sidecar demo: what a client gets from a provider that fails, directly and through the sidecar</title>
    <rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height -
      1}" rx="10" fill="${back}" stroke="${line}"/>
    <path d="M0.5 40.5 V10.5 a10 10 0 0 1 10 -10 H${WIDTH -
      10.5} a10 10 0 0 1 10 10 V40.5 Z" fill="${bar}" stroke="${line}"/>
    <text x="24" y="25" font-family="${MONO}" fill="${dim}">$ sidecar demo</text>
    <g font-weight="600" fill="${dim}">
    ${headed}</g>
    <path d="M24 78.5 H${right}" stroke="${line}"/>
    ${body}<path d="M24 ${y + 10.5} H${right}" stroke="${line}"/>
    <text id="sum" x="24" y="${y + 36}" font-weight="600">${sum}</text>
    </svg>
  `;
  return String(picture).trimStart();
}

/** A cell as it is drawn: its sign apart, its text in lines that fit the column. */
function cellOf(words: string, column: number) {
  const { x, letters } = COLUMNS[column] ?? { x: 0, letters: 0 };
  const [, sign = "", text = ""] = /^(?:([✓✗]) )?(.*)$/.exec(words) ?? [];
  return { x, sign, lines: wrap(text, letters) };
}

/** Breaks a text between words, so that no line is longer than `letters`; a longer word stays whole. */
function wrap(text: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= letters) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

async function main(): Promise<number> {
  let output = "";
  const write = (text: string) => void (output += text);
  // wide, so that no cell is cut; low, so that the table is printed once, at the end
  const code = await demo({
    look: null,
    codex: false,
    screen: { write, color: false, size: { columns: 220, rows: 2 } },
  });
  if (code !== 0) return code;
  const table = readTable(output);
  for (const [name, theme] of Object.entries(THEMES)) {
    const file = new URL(`../../docs/images/${name}`, import.meta.url);
    await Deno.writeTextFile(file, drawTable(table, theme));
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main());
