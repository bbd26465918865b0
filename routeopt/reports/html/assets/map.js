// The map on the screen: layers kept as pictures until they change, pointing, the keyboard.
import { D, hhmm, stops, streets, tracks } from './data.js';
import { onScheme, screenPalette } from './colours.js';
import { drawDemand, drawRoutes, drawScale, drawSeen, drawStops, drawStreets, drawTeams, drawTrails } from './layers.js';
import { change, choose, listen, state } from './state.js';
import { View } from './view.js';

const canvas = document.getElementById('map'), g = canvas.getContext('2d'), tip = document.getElementById('tip');
const view = new View();
const pictures = new Map(); // layer → {key, canvas}
let waiting = false;

/** What the first look is at: the routes, or the streets where there are none. */
export const subject = () => (tracks.some((t) => t.x.length > 2) ? tracks : streets);

/** A layer's picture, drawn anew where its key or the view has changed. */
function picture(name, key, draw) {
  const ratio = devicePixelRatio || 1, full = `${key}|${view.key}|${ratio}`;
  let kept = pictures.get(name);
  if (!kept) pictures.set(name, (kept = { key: '', canvas: document.createElement('canvas') }));
  if (kept.key !== full) {
    kept.key = full;
    kept.canvas.width = canvas.width;
    kept.canvas.height = canvas.height;
    draw(kept.canvas.getContext('2d'), ratio);
  }
  g.setTransform(1, 0, 0, 1, 0, 0);
  g.drawImage(kept.canvas, 0, 0);
}

function draw() {
  waiting = false;
  const palette = screenPalette(), ratio = devicePixelRatio || 1, { now, layer, team } = state;
  const scheme = palette.dark ? 'd' : 'l', quarter = Math.floor(now / D.slice_s), beat = Math.floor(now / D.glow_s);
  g.setTransform(1, 0, 0, 1, 0, 0);
  g.clearRect(0, 0, canvas.width, canvas.height);
  picture('streets', scheme, (c, r) => drawStreets(c, view, r, palette));
  if (layer === 'both' || layer === 'seen') picture('seen', scheme + beat, (c, r) => drawSeen(c, view, r, palette, now));
  if (layer === 'both' || layer === 'demand') picture('demand', scheme + quarter, (c, r) => drawDemand(c, view, r, palette, now));
  if (layer === 'missed') picture('missed', scheme + quarter + beat, (c, r) => drawDemand(c, view, r, palette, now, now + 1, true));
  picture('routes', String(team), (c, r) => drawRoutes(c, view, r, team));
  drawTrails(g, view, ratio, team, now);
  drawStops(g, view, ratio, palette, state);
  drawTeams(g, view, ratio, palette, state);
  drawScale(g, view, ratio, palette);
}
function redraw() {
  if (!waiting) { waiting = true; requestAnimationFrame(draw); }
}

function resize() {
  const box = canvas.getBoundingClientRect(), ratio = devicePixelRatio || 1, first = !view.width;
  if (!box.width) return; // on paper the map is another canvas
  view.width = box.width;
  view.height = box.height;
  canvas.width = box.width * ratio;
  canvas.height = box.height * ratio;
  if (first) view.fit(subject());
  redraw();
}

function hit(x, y) {
  let best = null, least = 16 ** 2;
  for (const s of stops) {
    if (state.team !== null && state.team !== s.team) continue;
    const busy = s.arrive <= state.now && state.now < s.end ? 0.5 : 1; // whoever is there now comes first
    const d = ((view.px(s.x) - x) ** 2 + (view.py(s.y) - y) ** 2) * busy;
    if (d < least) { least = d; best = s; }
  }
  return best;
}

function streetAt(x, y) {
  let best = null, least = 8 ** 2;
  for (const s of streets) {
    if (!s.name) continue;
    for (let i = 1; i < s.x.length; i++) {
      const ax = view.px(s.x[i - 1]), ay = view.py(s.y[i - 1]), dx = view.px(s.x[i]) - ax, dy = view.py(s.y[i]) - ay;
      if (Math.min(Math.abs(ax - x), Math.abs(ax + dx - x)) > 400) continue;
      const f = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
      const d = (ax + f * dx - x) ** 2 + (ay + f * dy - y) ** 2;
      if (d < least) { least = d; best = s; }
    }
  }
  return best;
}

function point(event) {
  const x = event.offsetX, y = event.offsetY, stop = hit(x, y), street = stop ? null : streetAt(x, y);
  tip.hidden = !stop && !street;
  if (tip.hidden) return;
  tip.textContent = stop
    ? `${D.teams[stop.team].name} · ${stop.order} · ${hhmm(stop.start)}–${hhmm(stop.end)}\n${stop.site}`
    : street.name;
  tip.style.left = `${Math.max(4, Math.min(x + 14, view.width - tip.offsetWidth - 4))}px`;
  tip.style.top = `${Math.max(4, y - tip.offsetHeight - 8)}px`;
}

const fingers = new Map();
let moved = false, spread = 0;
canvas.addEventListener('pointerdown', (e) => {
  canvas.setPointerCapture(e.pointerId);
  fingers.set(e.pointerId, e);
  moved = false;
});
canvas.addEventListener('pointermove', (e) => {
  const was = fingers.get(e.pointerId);
  if (!was) return point(e);
  const dx = e.offsetX - was.offsetX, dy = e.offsetY - was.offsetY;
  fingers.set(e.pointerId, e);
  if (Math.abs(dx) + Math.abs(dy) > 2) moved = true;
  if (fingers.size === 2) {
    const [a, b] = [...fingers.values()], d = Math.hypot(a.offsetX - b.offsetX, a.offsetY - b.offsetY);
    if (spread) view.zoom(d / spread, (a.offsetX + b.offsetX) / 2, (a.offsetY + b.offsetY) / 2);
    spread = d;
  } else view.pan(dx, dy);
  tip.hidden = true;
  return redraw();
});
for (const kind of ['pointerup', 'pointercancel']) {
  canvas.addEventListener(kind, (e) => {
    fingers.delete(e.pointerId);
    spread = 0;
    if (!moved && kind === 'pointerup') choose(hit(e.offsetX, e.offsetY));
  });
}
canvas.addEventListener('pointerleave', () => { tip.hidden = true; });
canvas.addEventListener('wheel', (e) => {
  if (!e.ctrlKey && !e.metaKey && document.activeElement !== canvas) return; // the page scrolls until the map is clicked
  e.preventDefault();
  view.zoom(Math.exp(-e.deltaY * 0.0015), e.offsetX, e.offsetY);
  redraw();
}, { passive: false });
const PAN = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
const ZOOM = { '+': 1.4, '=': 1.4, '-': 1 / 1.4 };
canvas.addEventListener('keydown', (e) => {
  if (PAN[e.key]) view.pan(...PAN[e.key]);
  else if (ZOOM[e.key]) view.zoom(ZOOM[e.key]);
  else if (e.key === '0') view.fit(subject());
  else if (e.key === 'Escape') change({ stop: null, team: null });
  else if (e.key === 'n' || e.key === 'p') step(e.key === 'n' ? 1 : -1);
  else return;
  e.preventDefault();
  redraw();
});

/** The next or previous stop in time, of the team chosen or of all. */
function step(way) {
  const list = stops.filter((s) => state.team === null || s.team === state.team).sort((a, b) => a.arrive - b.arrive || a.team - b.team);
  if (!list.length) return;
  const at = list.indexOf(state.stop);
  choose(list[at < 0 ? list.findIndex((s) => s.end > state.now) : (at + way + list.length) % list.length] || list[0]);
}

export function startMap() {
  for (const [id, act] of Object.entries({ in: () => view.zoom(1.4), out: () => view.zoom(1 / 1.4), fit: () => view.fit(subject()) })) {
    document.getElementById(id).addEventListener('click', () => { act(); redraw(); });
  }
  for (const box of document.querySelectorAll('input[name=layer]')) {
    box.addEventListener('change', () => change({ layer: box.value }));
  }
  listen(redraw);
  onScheme(redraw);
  new ResizeObserver(resize).observe(canvas);
  resize();
}
