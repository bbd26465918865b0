// Pictures that stand still: demand hour by hour, and the whole night's map for paper.
import { D, byId } from './data.js';
import { onScheme, paperPalette, screenPalette } from './colours.js';
import { drawNames } from './names.js';
import { busy, demand, drawDemand, drawScale, drawStreets } from './streets.js';
import { View } from './view.js';

function still(canvas, palette, lines, from, to) {
  const box = canvas.parentElement.getBoundingClientRect(), view = new View(), ratio = 2;
  view.width = Number(canvas.dataset.width) || Math.max(box.width, 120);
  view.height = view.width * Number(canvas.dataset.aspect);
  canvas.width = view.width * ratio;
  canvas.height = view.height * ratio;
  view.fit(lines);
  const g = canvas.getContext('2d');
  drawStreets(g, view, ratio, palette);
  drawDemand(g, view, ratio, palette, demand(from, to));
  return [g, view, ratio, palette];
}

function hours(palette = screenPalette()) {
  for (const figure of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('#hours figure'))) {
    still(figure.firstElementChild, palette, busy, Number(figure.dataset.from), Number(figure.dataset.to));
  }
}

/** Draw them when there is time; `paint(g, view, ratio, palette)` adds to the night's map of the lines that `subject()` gives. */
export function startPaper(subject, paint) {
  const later = window.requestIdleCallback || ((call) => setTimeout(call, 50));
  let drawnFor = null; // lines
  const night = () => {
    const lines = subject(), drawn = still(byId('paper'), paperPalette(), lines, 0, D.clock.duration_s);
    drawNames(...drawn);
    paint(...drawn);
    drawScale(...drawn, 20, 28);
    drawnFor = lines;
  };
  later(() => {
    hours();
    night();
    document.documentElement.dataset.paper = '1';
  });
  onScheme(() => hours());
  addEventListener('beforeprint', () => {
    hours(paperPalette());
    const lines = subject();
    if (lines.length !== drawnFor?.length || lines.some((line, n) => line !== drawnFor[n])) night();
  });
  addEventListener('afterprint', () => hours());
}
