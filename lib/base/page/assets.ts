/**
 * What every page of the sidecar is made of: its look, and charts by uPlot (MIT). A page holds all of it and loads nothing.
 *
 * @module
 */

import uplotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import uplotScript from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import drawScript from "./charts.js" with { type: "text" };
import look from "./look.css" with { type: "text" };

/** Colours for light and dark, text, tables and charts. */
export const pageStyle: string = `${uplotStyle}\n${look}`;

/** The library that draws. */
export const chartLibrary: string = uplotScript;

/** Defines `sidecarCharts` over the library; it stands in front of a page's own script. */
export const chartScript: string = drawScript;

/** JSON that may stand in a script element: no `<` can end it. */
export function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}
