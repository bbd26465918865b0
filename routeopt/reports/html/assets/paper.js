// Pictures that stand still: demand hour by hour, and the whole night's map for paper.
import { D, streets } from './data.js';
import { onScheme, paperPalette, screenPalette } from './colours.js';
import { drawDemand, drawRoutes, drawScale, drawStops, drawStreets } from './layers.js';
import { subject } from './map.js';
import { View } from './view.js';

function still(canvas, palette, paint, lines) {
  const box = canvas.parentElement.getBoundingClientRect(), view = new View();
  const ratio = Number(canvas.dataset.ratio || 2);
  view.width = Number(canvas.dataset.width) || Math.max(box.width, 120);
  view.height = view.width * Number(canvas.dataset.aspect);
  canvas.width = view.width * ratio;
  canvas.height = view.height * ratio;
  view.fit(lines);
  const g = canvas.getContext('2d');
  g.clearRect(0, 0, canvas.width, canvas.height);
  drawStreets(g, view, ratio, palette);
  paint(g, view, ratio, palette);
}

function hours() {
  const palette = screenPalette(), busy = streets.filter((s) => s.point >= 0);
  for (const figure of document.querySelectorAll('#hours figure')) {
    const { from, to } = figure.dataset;
    still(figure.firstElementChild, palette, (g, view, ratio) => drawDemand(g, view, ratio, palette, Number(from), Number(to)), busy.length ? busy : streets);
  }
}

function paper() {
  still(document.getElementById('paper'), paperPalette(), (g, view, ratio, palette) => {
    drawDemand(g, view, ratio, palette, 0, D.clock.duration_s);
    drawRoutes(g, view, ratio, null);
    drawStops(g, view, ratio, palette, { team: null, stop: null, now: null });
    drawScale(g, view, ratio, palette, 20, 28);
  }, subject());
}

export function startPaper() {
  const later = window.requestIdleCallback || ((call) => setTimeout(call, 50));
  later(() => { hours(); paper(); document.documentElement.dataset.paper = '1'; });
  onScheme(hours);
}
