// Draws each learning curve once its place has a width, and again when the width changes.
(() => {
  "use strict";
  const HEIGHT = 170;
  const source = document.getElementById("curve-data");
  if (!source || !window.uPlot) return;
  const curves = new Map(JSON.parse(source.textContent).map((curve) => [curve.anchor, curve]));
  const ink = getComputedStyle(document.documentElement);
  const colour = (name) => ink.getPropertyValue(name).trim();
  const accent = colour("--me-accent");
  const soft = colour("--me-soft");
  const line = colour("--me-line");
  const percent = (value) => `${Math.round(100 * value)} %`;

  function axis(extra) {
    return { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "12px system-ui", ...extra };
  }

  function whiskers(chart) {
    const { ctx, data } = chart;
    ctx.save();
    ctx.strokeStyle = accent;
    ctx.globalAlpha = 0.45;
    ctx.lineWidth = 2 * devicePixelRatio;
    data[0].forEach((at, n) => {
      const x = chart.valToPos(at, "x", true);
      ctx.beginPath();
      ctx.moveTo(x, chart.valToPos(data[2][n], "y", true));
      ctx.lineTo(x, chart.valToPos(data[3][n], "y", true));
      ctx.stroke();
    });
    ctx.restore();
  }

  function draw(place, curve) {
    const last = curve.opportunity[curve.opportunity.length - 1];
    const options = {
      width: place.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, range: [0.5, last + 0.5] }, y: { range: [0, 1] } },
      axes: [
        axis({ incrs: [1, 2, 5, 10], space: 24, size: 28, grid: { show: false } }),
        axis({ splits: [0, 0.25, 0.5, 0.75, 1], values: (_, splits) => splits.map(percent), size: 46 }),
      ],
      series: [
        {},
        { stroke: accent, paths: () => null, points: { show: true, size: 7, fill: accent } },
        { paths: () => null, points: { show: false } },
        { paths: () => null, points: { show: false } },
        { stroke: soft, width: 1.5, dash: [5, 4], points: { show: false } },
      ],
      hooks: { drawAxes: [whiskers] },
    };
    const columns = [curve.opportunity, curve.error, curve.low, curve.high, curve.fitted];
    return new window.uPlot(options, columns, place);
  }

  const drawn = new Map();
  const watcher = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      if (!contentRect.width) continue;
      const chart = drawn.get(target);
      if (chart) chart.setSize({ width: contentRect.width, height: HEIGHT });
      else drawn.set(target, draw(target, curves.get(target.dataset.curve)));
    }
  });
  document.querySelectorAll("[data-curve]").forEach((place) => watcher.observe(place));
})();
