// Draws the charts of a stress report; runs in the page, on the data of the block above it, with uPlot and nothing else.
"use strict";
(() => {
  const upstreams = JSON.parse(document.getElementById("data").textContent);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const duration = (ms) =>
    ms == null
      ? "-"
      : ms >= 60000
      ? +(ms / 60000).toFixed(1) + " m"
      : ms >= 1000
      ? +(ms / 1000).toFixed(1) + " s"
      : Math.round(ms) + " ms";
  const tokens = (n) =>
    n == null ? "-" : n >= 1000 ? +(n / 1000).toFixed(1) + "k" : String(Math.round(n));
  const seconds = (s) => s == null ? "-" : +s.toFixed(1) + " s";
  const charts = (u) => [
    {
      title: "First token and complete turn by context",
      x: u.context,
      xName: "input tokens",
      xs: tokens,
      ys: duration,
      lines: [["first token", u.firstToken, "--a"], ["complete turn", u.total, "--b"]],
    },
    {
      title: "Tokens paid for, by context",
      x: u.context,
      xName: "input tokens",
      xs: tokens,
      ys: tokens,
      lines: [["input, not cached", u.input, "--a"], ["output", u.output, "--b"]],
    },
    {
      title: "Tokens a second, by context",
      x: u.context,
      xName: "input tokens",
      xs: tokens,
      ys: tokens,
      lines: [["tokens a second", u.rate, "--a"]],
    },
    {
      title: "Turns over time",
      x: u.at,
      xName: "after",
      xs: seconds,
      ys: duration,
      lines: [["complete turn", u.turn, "--a"], ["longest gap", u.gap, "--b"], [
        "lost",
        u.lost,
        "--bad",
      ]],
    },
  ];
  const draw = (box, { title, x, xName, xs, ys, lines }) => {
    const place = document.createElement("div");
    box.append(place);
    const axis = (values) => ({
      stroke: css("--soft"),
      grid: { stroke: css("--grid"), width: 1 },
      ticks: { stroke: css("--grid") },
      values: (_, splits) => splits.map(values),
      size: 64,
    });
    // Several turns of one length have no order that a line could show
    const ordered = x.every((value, at) => at === 0 || value > x[at - 1]);
    const width = () => Math.max(280, Math.floor(place.clientWidth));
    const plot = new uPlot(
      {
        title,
        width: width(),
        height: 220,
        scales: { x: { time: false }, y: { range: (_, _least, most) => [0, (most || 1) * 1.08] } },
        axes: [{ ...axis(xs), size: 36 }, axis(ys)],
        series: [
          { label: xName, value: (_, v) => xs(v) },
          ...lines.map(([label, , color]) => ({
            label,
            stroke: css(color),
            width: 1.5,
            spanGaps: true,
            ...(ordered ? {} : { paths: () => null }),
            points: { show: true, size: 5, fill: css("--card") },
            value: (_, v) => ys(v),
          })),
        ],
      },
      [x, ...lines.map(([, values]) => values)],
      place,
    );
    addEventListener("resize", () => plot.setSize({ width: width(), height: 220 }));
  };
  upstreams.forEach((upstream, at) => {
    const box = document.getElementById("charts-" + at);
    for (const chart of charts(upstream)) if (chart.x.length > 0) draw(box, chart);
  });
})();
