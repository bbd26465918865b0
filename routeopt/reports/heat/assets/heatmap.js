// The heat map's page: the busiest places on the map and in their list, and the night's demand to click on.
import { D, T, X, Y, byId, bytes, fill } from '../../page/assets/data.js';
import { picture, startMap, view } from '../../page/assets/map.js';
import { drawNames } from '../../page/assets/names.js';
import { startPaper } from '../../page/assets/paper.js';
import { startPlayer } from '../../page/assets/player.js';
import { change, listen, state } from '../../page/assets/state.js';
import { busy, demand, drawDemand, drawNumber, flat, streetAt } from '../../page/assets/streets.js';

const unsure = bytes(D.unsure); // standard deviation over the night, % of the street's demand, at most 250
const places = D.places.map(([lat, lon, text], id) => ({ id, text, x: X(lon), y: Y(lat) }));
const buttons = [...byId('places').querySelectorAll('button')], bars = [...byId('strip').querySelectorAll('rect')];
state.place = null; // the place chosen

function drawPlaces(g, view, ratio, palette, chosen) {
  flat(g, ratio);
  for (const p of [...places].reverse()) {
    const on = p === chosen, { ink, card } = palette;
    drawNumber(g, view.px(p.x), view.py(p.y), p.id + 1, on ? 12 : 9, { fill: on ? ink : card, ink: on ? card : ink, edge: ink, width: 1.4 });
  }
}

function paint(g, ratio, palette) {
  const quarter = Math.floor(state.now / D.slice_s);
  picture('demand', `${palette.dark}${quarter}`, (c, r) => drawDemand(c, view, r, palette, demand(state.now)));
  picture('names', String(palette.dark), (c, r) => drawNames(c, view, r, palette));
  drawPlaces(g, view, ratio, palette, state.place);
}

const percent = (text) => `${text}\u00a0%`;
const hit = (x, y) => places.find((p) => Math.hypot(view.px(p.x) - x, view.py(p.y) - y) < 12) || null;

function tell(x, y) {
  const place = hit(x, y), s = place ? null : streetAt(view, x, y);
  if (!s) return place?.text;
  const u = s.row < 0 ? 0 : demand(state.now)(s), off = s.row < 0 ? 0 : unsure[s.row];
  const name = s.name || T.unnamed;
  if (!u) return `${name}\n${T.no_demand}`;
  const lines = [name, fill(T.share_of_top, { share: percent((100 * u * u).toFixed(u < 0.3 ? 1 : 0)) })];
  if (off) lines.push(fill(T.unsure, { share: percent(off >= 250 ? '> 250' : off) }));
  return lines.join('\n');
}

/** Choose a place; `go` moves the map there. */
function choose(place, go = false) {
  if (place && go) view.show(place, 0.35);
  change({ place });
}

function step(way) {
  if (places.length) choose(places[((state.place?.id ?? (way > 0 ? -1 : 0)) + way + places.length) % places.length], true);
}

buttons.forEach((button, k) => button.addEventListener('click', () => choose(state.place === places[k] ? null : places[k], true)));
byId('strip').addEventListener('click', (e) => {
  const box = byId('strip').firstElementChild.getBoundingClientRect();
  change({ now: Math.max(0, Math.min(D.slices - 1, Math.floor((D.slices * (e.clientX - box.left)) / box.width))) * D.slice_s });
});
listen(() => {
  buttons.forEach((button, k) => button.setAttribute('aria-pressed', String(state.place === places[k])));
  bars.forEach((bar, k) => bar.classList.toggle('on', k === Math.floor(state.now / D.slice_s)));
});
startMap({
  subject: () => busy, paint, tell,
  press: (x, y) => choose(hit(x, y)),
  keys: { n: () => step(1), p: () => step(-1), Escape: () => choose(null) },
});
startPlayer();
startPaper(() => busy, (g, view, ratio, palette) => drawPlaces(g, view, ratio, palette, null));
change({ now: D.busiest_s });
document.documentElement.dataset.ready = '1';
