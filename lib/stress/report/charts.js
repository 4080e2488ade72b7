// Draws the charts of a stress report; runs in the page, on the data of the block above it, with the charts of lib/base/page.
"use strict";
/* global sidecarCharts */
(() => {
  const upstreams = JSON.parse(document.getElementById("data").textContent);
  const { draw, duration, tokens, seconds } = sidecarCharts;
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
  upstreams.forEach((upstream, at) => {
    const box = document.getElementById("charts-" + at);
    for (const chart of charts(upstream)) {
      if (chart.x.length === 0) continue;
      const place = document.createElement("div");
      box.append(place);
      draw(place, chart);
    }
  });
})();
