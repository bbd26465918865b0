// The map on the screen: layers kept as pictures until they change, pointing, the keyboard.
import { byId } from './data.js';
import { onScheme, screenPalette } from './colours.js';
import { listen } from './state.js';
import { drawScale, drawStreets } from './streets.js';
import { View } from './view.js';

const canvas = /** @type {HTMLCanvasElement} */ (byId('map')), g = canvas.getContext('2d'), tip = byId('tip');
const pictures = new Map(); // layer → {key, canvas}
export const view = new View();
let own = null; // what the page puts on the map; see startMap
let waiting = false, moving = 0; // the latter is a timer while fingers, mouse or keys move the map
const STILL_MS = 120, FAR = 0.25, MUCH = 1.5; // until a gesture is over; how far and how much a picture is moved

/** The map is moved by hand: layers are moved as they are, and drawn anew when it stands still. */
function gesture() {
  clearTimeout(moving);
  moving = window.setTimeout(() => { moving = 0; redraw(); }, STILL_MS);
}

/** Whether a picture drawn at another place and scale may stand in for a while. */
function near({ scale, cx, cy, width, height }) {
  const k = view.scale / scale, far = Math.max(Math.abs(cx - view.cx) / view.width, Math.abs(cy - view.cy) / view.height);
  return width === view.width && height === view.height && k < MUCH && k > 1 / MUCH && far * view.scale < FAR;
}

/** A layer's picture, drawn anew where its key or the view has changed. */
export function picture(name, key, draw) {
  const ratio = devicePixelRatio || 1, full = `${key}|${ratio}`;
  let kept = pictures.get(name);
  if (!kept) pictures.set(name, (kept = { key: null, at: { ...view }, canvas: document.createElement('canvas') }));
  if (kept.key !== full || (kept.view !== view.key && !(moving && near(kept.at)))) {
    Object.assign(kept, { key: full, view: view.key, at: { ...view } });
    kept.canvas.width = canvas.width;
    kept.canvas.height = canvas.height;
    draw(kept.canvas.getContext('2d'), ratio);
  }
  const { at } = kept, k = view.scale / at.scale;
  const by = (size, was, is) => ratio * ((size / 2) * (1 - k) + (was - is) * view.scale);
  g.setTransform(k, 0, 0, k, by(view.width, at.cx, view.cx), by(view.height, at.cy, view.cy));
  g.drawImage(kept.canvas, 0, 0);
}

function draw() {
  waiting = false;
  const palette = screenPalette(), ratio = devicePixelRatio || 1;
  g.setTransform(1, 0, 0, 1, 0, 0);
  g.clearRect(0, 0, canvas.width, canvas.height);
  picture('streets', String(palette.dark), (c, r) => drawStreets(c, view, r, palette));
  own.paint(g, ratio, palette);
  drawScale(g, view, ratio, palette);
}

export function redraw() {
  if (!waiting) { waiting = true; requestAnimationFrame(draw); }
}

function resize() {
  const box = canvas.getBoundingClientRect(), ratio = devicePixelRatio || 1, first = !view.width;
  if (!box.width) return; // on paper the map is another canvas
  view.width = box.width;
  view.height = box.height;
  canvas.width = box.width * ratio;
  canvas.height = box.height * ratio;
  if (first) view.fit(own.subject());
  redraw();
}

function tell({ offsetX: x, offsetY: y }) {
  const text = own.tell(x, y);
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
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
  if (!was) return tell(e);
  gesture();
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
for (const kind of /** @type {const} */ (['pointerup', 'pointercancel'])) {
  canvas.addEventListener(kind, (e) => {
    fingers.delete(e.pointerId);
    spread = 0;
    if (!moved && kind === 'pointerup') own.press(e.offsetX, e.offsetY);
  });
}
canvas.addEventListener('pointerleave', () => { tip.hidden = true; });
canvas.addEventListener('wheel', (e) => {
  if (!e.ctrlKey && !e.metaKey && document.activeElement !== canvas) return; // the page scrolls until the map is clicked
  e.preventDefault();
  view.zoom(Math.exp(-e.deltaY * 0.0015), e.offsetX, e.offsetY);
  gesture();
  redraw();
}, { passive: false });
const PAN = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
const ZOOM = { '+': 1.4, '=': 1.4, '-': 1 / 1.4 };
canvas.addEventListener('keydown', (e) => {
  if (PAN[e.key] || ZOOM[e.key]) gesture();
  if (PAN[e.key]) view.pan(...PAN[e.key]);
  else if (ZOOM[e.key]) view.zoom(ZOOM[e.key]);
  else if (e.key === '0') view.fit(own.subject());
  else if (own.keys[e.key]) own.keys[e.key]();
  else return;
  e.preventDefault();
  redraw();
});

/**
 * Start the map with what a page puts on it: `subject()`, the lines of the first look; `paint(g, ratio, palette)`;
 * `tell(x, y)`, the text at a pixel; `press(x, y)`; `keys`, a call for each further key.
 */
export function startMap(page) {
  own = page;
  for (const [id, act] of Object.entries({ in: () => view.zoom(1.4), out: () => view.zoom(1 / 1.4), fit: () => view.fit(own.subject()) })) {
    byId(id).addEventListener('click', () => { act(); redraw(); });
  }
  listen(redraw);
  onScheme(redraw);
  new ResizeObserver(resize).observe(canvas);
  resize();
}
