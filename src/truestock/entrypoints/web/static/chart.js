// The curve of oversold units, truestock beside the old way; live.js hands it points.
"use strict";
(() => {
  const place = document.querySelector("#chart");
  if (!place) return;
  let plot = null;
  let data = [[], [], []];
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString("en-GB", seconds % 60 ? {} : { hour: "2-digit", minute: "2-digit" });

  function draw() {
    plot?.destroy();
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "11px system-ui" };
    plot = new uPlot(
      {
        width: place.clientWidth,
        height: place.clientHeight,
        cursor: { y: false, points: { size: 6 } },
        legend: { show: false },
        padding: [6, 22, 0, 0],
        scales: { x: { time: true }, y: { range: (_, low, high) => [0, Math.max(10, high * 1.08)] } },
        axes: [{ ...axis, size: 24, space: 70, values: (_, at) => at.map(clock) }, { ...axis, size: 42, space: 32, values: (_, at) => at.map((n) => n.toLocaleString("en")) }],
        series: [
          {},
          { stroke: colour("--bad"), width: 2, fill: colour("--bad") + "14", points: { show: false } },
          { stroke: colour("--good"), width: 2.5, points: { show: false } },
        ],
      },
      data,
      place,
    );
  }

  document.addEventListener("history", (event) => {
    data = event.detail;
    if (plot) plot.setData(data); else draw();
  });
  document.addEventListener("theme", () => plot && draw());
  new ResizeObserver(() => plot?.setSize({ width: place.clientWidth, height: place.clientHeight })).observe(place);
})();
