// Streets on a canvas: themselves, their demand, the scale. They are stroked in bundles of one width or shade, so that
// a city of a hundred thousand pieces draws in a few strokes.
import { D, T, ground, heat, slice, streets } from './data.js';
import { ramp } from './colours.js';

const SHADES = 16;
export const FONT = 'system-ui,"Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif';

/** Add a line to a canvas path. */
export const outline = (path, { x, y }) => {
  path.moveTo(x[0], y[0]);
  for (let i = 1; i < x.length; i++) path.lineTo(x[i], y[i]);
};

/** Pixels per metre below which a city's paths and service ways are left out, as they would be a grey veil. */
const VEIL = streets.length > 20000 ? 0.12 : 0;
const bases = new Map(); // width → every street of that width
for (const s of streets) {
  if (!bases.has(s.width)) bases.set(s.width, new Path2D());
  outline(bases.get(s.width), s);
}
const grounds = ground.map(({ kind, rings }) => { const path = new Path2D(); for (const r of rings) outline(path, r); return [kind, path]; });
/** Streets that have demand. */
export const busy = streets.filter((s) => s.row >= 0);

/** Width of a line in pixels that grows a little with the scale. */
export const thin = (view) => Math.max(0.55, Math.min(2.2, view.scale * 6));

export function drawStreets(g, view, ratio, palette) {
  view.enter(g, ratio);
  g.lineCap = g.lineJoin = 'round';
  for (const [kind, path] of grounds) {
    g.fillStyle = g.strokeStyle = kind === 'park' ? palette.park : palette.water;
    g.lineWidth = Math.max(12, 3 / view.scale);
    if (kind === 'river') g.stroke(path); else g.fill(path, 'evenodd');
  }
  for (const [width, path] of [...bases].sort((a, b) => a[0] - b[0])) {
    if (view.scale < VEIL && width < 1) continue;
    g.strokeStyle = width > 2 ? palette.main : palette.road;
    g.lineWidth = (width * thin(view)) / view.scale;
    g.stroke(path);
  }
}

/** Streets in bundles by `level` (0 to 1; below 0.03 left out), each stroked by `stroke(level, path)`. */
export function bundles(view, level, stroke) {
  const paths = Array.from({ length: SHADES }, () => null);
  for (const s of busy) {
    if (!view.sees(s)) continue;
    const u = level(s);
    if (u < 0.03) continue;
    const n = Math.min(SHADES - 1, Math.floor(u * SHADES));
    outline((paths[n] ??= new Path2D()), s);
  }
  paths.forEach((path, n) => path && stroke((n + 0.5) / SHADES, path));
}

/** Street → its demand in the seconds [from, to), averaged: 0 to 1, the square root of its share of the top. */
export function demand(from, to = from + 1) {
  const first = slice(from, D.slice_s, D.slices), last = slice(to - 1, D.slice_s, D.slices);
  return ({ row }) => {
    let sum = 0; // bytes are square roots: their squares are averaged
    for (let i = first; i <= last; i++) sum += heat[row * D.slices + i] ** 2;
    return Math.sqrt(sum / (last - first + 1)) / 255;
  };
}

export function drawDemand(g, view, ratio, palette, level) {
  view.enter(g, ratio);
  g.lineCap = g.lineJoin = 'round';
  bundles(view, level, (u, path) => {
    g.strokeStyle = ramp(u, palette.dark);
    g.lineWidth = (1.2 * thin(view) + 2.6 * u) / view.scale;
    g.stroke(path);
  });
}

/** Let a 2d context draw in pixels. */
export const flat = (g, ratio) => g.setTransform(ratio, 0, 0, ratio, 0, 0);

/** A round mark with its number. */
export function drawNumber(g, x, y, number, radius, { fill, ink, edge, width = 1.8 }) {
  g.beginPath();
  g.arc(x, y, radius, 0, 7);
  g.fillStyle = fill;
  g.fill();
  g.strokeStyle = edge;
  g.lineWidth = width;
  g.stroke();
  if (number === '') return;
  g.textAlign = 'center';
  g.textBaseline = 'middle';
  g.fillStyle = ink;
  g.font = `600 ${number > 99 ? 7 : 9.5}px ${FONT}`;
  g.fillText(String(number), x, y + 0.5);
}

/** The street with a name nearest to a pixel, none beyond 8. */
export function streetAt(view, x, y) {
  let best = null, least = 8 ** 2;
  const pad = 8 / view.scale, wx = view.wx(x), wy = view.wy(y);
  for (const s of streets) {
    if (!s.name || wx < s.x1 - pad || wx > s.x2 + pad || wy < s.y1 - pad || wy > s.y2 + pad) continue;
    for (let i = 1; i < s.x.length; i++) {
      const ax = view.px(s.x[i - 1]), ay = view.py(s.y[i - 1]), dx = view.px(s.x[i]) - ax, dy = view.py(s.y[i]) - ay;
      const f = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
      const d = (ax + f * dx - x) ** 2 + (ay + f * dy - y) ** 2;
      if (d < least) { least = d; best = s; }
    }
  }
  return best;
}

export function drawScale(g, view, ratio, palette, x = 58, y = 28) {
  flat(g, ratio);
  const want = 110 / view.scale, power = 10 ** Math.floor(Math.log10(want));
  const metres = [5, 2, 1].map((k) => k * power).find((v) => v <= want), w = metres * view.scale;
  g.strokeStyle = g.fillStyle = palette.ink;
  g.lineWidth = 2;
  g.beginPath();
  g.moveTo(x, y - 5);
  g.lineTo(x, y);
  g.lineTo(x + w, y);
  g.lineTo(x + w, y - 5);
  g.stroke();
  g.textAlign = 'center';
  g.textBaseline = 'middle';
  g.font = `12px ${FONT}`;
  g.fillText(metres >= 1000 ? `${metres / 1000} ${T.km}` : `${metres} ${T.m}`, x + w / 2, y - 10);
}
