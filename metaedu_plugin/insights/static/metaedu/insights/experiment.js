// Draws the difference between the groups from look to look, with its interval, once its place has a width.
(() => {
  "use strict";
  const HEIGHT = 240;
  const source = document.getElementById("experiment-data");
  const place = document.getElementById("experiment-plot");
  if (!source || !place || !window.uPlot) return;
  const told = JSON.parse(source.textContent);
  const ink = getComputedStyle(document.documentElement);
  const colour = (name) => ink.getPropertyValue(name).trim();
  const accent = colour("--me-accent");
  const soft = colour("--me-soft");
  const line = colour("--me-line");
  const points = (value) => `${value > 0 ? "+" : value < 0 ? "\u2212" : ""}${Math.abs(Math.round(100 * value))}`;
  const level = (value) => told.when.map(() => value);
  const widest = Math.min(0.3, Math.max(2 * told.smallest, ...told.low.map(Math.abs), ...told.high.map(Math.abs)));
  // One look after another, whatever lies between: the places of the x axis are numbers of looks.
  const looks = told.when.map((_, number) => number);
  const axis = (extra) => ({ stroke: soft, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "12px system-ui", ...extra });
  // Drawn with no width: the band between them needs their paths.
  const invisible = { stroke: "transparent", width: 0, points: { show: false } };
  const flat = (dash) => ({ stroke: soft, width: 1.5, dash, points: { show: false } });
  const make = (width) =>
    new window.uPlot(
      {
        width,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, 40, 0, 0],
        scales: { x: { time: false }, y: { range: [-1.1 * widest, 1.1 * widest] } },
        axes: [
          axis({ incrs: [1, 2, 5, 10, 20, 50, 100], values: (_, at) => at.map((n) => told.day[n] ?? ""), space: 80, size: 28, grid: { show: false } }),
          axis({ values: (_, at) => at.map(points), size: 40 }),
        ],
        series: [
          {},
          { stroke: accent, width: 2, points: { show: true, size: 6, fill: accent } },
          invisible,
          invisible,
          flat([]),
          flat([5, 4]),
          flat([5, 4]),
        ],
        bands: [{ series: [3, 2], fill: `${accent}2e` }],
      },
      [looks, told.value, told.low, told.high, level(0), level(told.smallest), level(-told.smallest)],
      place,
    );
  let chart;
  new ResizeObserver(([{ contentRect }]) => {
    if (!contentRect.width) return;
    if (chart) chart.setSize({ width: contentRect.width, height: HEIGHT });
    else chart = make(contentRect.width);
  }).observe(place);
})();
