// Charts of the sidecar's pages: one function over uPlot, and how figures are written on axes.
"use strict";
// deno-lint-ignore no-unused-vars -- the page's own script uses it
const sidecarCharts = (() => {
  const known = new Map();
  /** A colour of the page; read once, for a look at computed styles costs a layout. */
  const css = (name) => {
    const value = known.get(name) ??
      getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    known.set(name, value);
    return value;
  };
  const short = (value, one, unit) => +(value / one).toFixed(value >= 10 * one ? 0 : 1) + unit;
  const duration = (ms) =>
    ms == null
      ? "-"
      : ms >= 60000
      ? short(ms, 60000, " m")
      : ms >= 1000
      ? short(ms, 1000, " s")
      : Math.round(ms) + " ms";
  const tokens = (n) =>
    n == null
      ? "-"
      : n >= 999500
      ? short(n, 1e6, "M")
      : n >= 1000
      ? short(n, 1000, "k")
      : String(Math.round(n));
  const seconds = (s) => s == null ? "-" : +s.toFixed(1) + " s";

  /**
   * Draws a chart into a place. `spec`: title, x, xName, xs and ys (how values are written), time (whether x are seconds since
   * 1970), height, lines of [label, values, colour variable]. Returns `set(spec)`, which shows other values.
   */
  const draw = (place, spec) => {
    const { title, xName, xs, ys, time = false, height = 220 } = spec;
    // A line says nothing of several turns of one length
    const ordered = spec.x.every((value, at) => at === 0 || value > spec.x[at - 1]);
    const width = () => Math.max(240, Math.floor(place.clientWidth));
    const dataOf = ({ x, lines }) => [x, ...lines.map(([, values]) => values)];
    let latest = spec;
    let plot;
    const axis = (values, size) => ({
      stroke: () => css("--soft"),
      grid: { stroke: () => css("--grid"), width: 1 },
      ticks: { stroke: () => css("--grid") },
      ...(values ? { values: (_, splits) => splits.map(values) } : {}),
      size,
    });
    const make = () => {
      known.clear();
      plot?.destroy();
      plot = new uPlot(
        {
          title,
          width: width(),
          height,
          scales: {
            x: { time },
            y: { range: (_, _least, most) => [0, (most || 1) * 1.08] },
          },
          axes: [axis(xs, 36), axis(ys, 66)],
          series: [
            { label: xName, value: (_, v) => v == null ? "-" : xs(v) },
            ...spec.lines.map(([label, , color]) => ({
              label,
              stroke: () => css(color),
              width: 1.5,
              spanGaps: true,
              ...(ordered ? {} : { paths: () => null }),
              points: { show: true, size: 5, fill: () => css("--card") },
              value: (_, v) => ys(v),
            })),
          ],
        },
        dataOf(latest),
        place,
      );
    };
    make();
    addEventListener("resize", () => plot.setSize({ width: width(), height }));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", make);
    return {
      set(next) {
        latest = next;
        plot.setData(dataOf(next));
      },
    };
  };
  return { draw, duration, tokens, seconds };
})();
