// Names on the map: streets along their lines, the wider and longer first, none on another; waters and parks in their middle.
import { ground, streets } from './data.js';
import { FONT, flat } from './streets.js';

const SIZE = 11, MOST = 140, MANY_POSTS = 8;
const pen = document.createElement('canvas').getContext('2d');
pen.font = `${SIZE}px ${FONT}`;
const widths = new Map();
const widthOf = (name) => {
  if (!widths.has(name)) widths.set(name, pen.measureText(name).width);
  return widths.get(name);
};

/** Pieces of one street that follow each other, as one line with its length at every point. */
const runs = [];
const long = ({ x, y }) => { let sum = 0; for (let i = 1; i < x.length; i++) sum += Math.hypot(x[i] - x[i - 1], y[i] - y[i - 1]); return sum; };
for (const s of streets) {
  if (!s.name) continue;
  const run = runs[runs.length - 1], last = run && run.parts[run.parts.length - 1], n = last ? last.x.length - 1 : 0;
  const on = last && run.name === s.name && Math.abs(last.x[n] - s.x[0]) + Math.abs(last.y[n] - s.y[0]) < 0.5;
  if (on) { run.parts.push(s); run.width = Math.max(run.width, s.width); run.length += long(s); } else {
    runs.push({ name: s.name, width: s.width, parts: [s], length: long(s) });
  }
}
runs.sort((a, b) => b.width - a.width || b.length - a.length);

/** A run with its corners, put together when it may be named. */
function whole(r) {
  if (r.x) return r;
  for (const key of ['x', 'y']) r[key] = r.parts.flatMap((s, n) => Array.from(n ? s[key].subarray(1) : s[key]));
  r.along = [0];
  for (let i = 1; i < r.x.length; i++) r.along.push(r.along[i - 1] + Math.hypot(r.x[i] - r.x[i - 1], r.y[i] - r.y[i - 1]));
  return r;
}

function at({ x, y, along }, metres) {
  let i = 1;
  while (i < along.length - 1 && along[i] < metres) i++;
  const f = (metres - along[i - 1]) / (along[i] - along[i - 1] || 1);
  return [x[i - 1] + f * (x[i] - x[i - 1]), y[i - 1] + f * (y[i] - y[i - 1])];
}

/** Where a name lies on its line, all in sight and nearly straight; null for nowhere. */
function place(run, width, view) {
  const need = width / view.scale;
  for (const share of [0.5, 0.3, 0.7, 0.15, 0.85]) {
    const middle = share * run.length;
    if (middle < need / 2 || middle > run.length - need / 2) continue;
    const [a, b] = [at(run, middle - need / 2), at(run, middle + need / 2)];
    if (Math.hypot(b[0] - a[0], b[1] - a[1]) < 0.93 * need) continue;
    const [ax, ay, bx, by] = [view.px(a[0]), view.py(a[1]), view.px(b[0]), view.py(b[1])];
    const seen = [[ax, ay], [bx, by]].every(([x, y]) => x > 4 && y > 4 && x < view.width - 4 && y < view.height - 4);
    if (seen) return { x: (ax + bx) / 2, y: (ay + by) / 2, turn: Math.atan((by - ay) / (bx - ax || 1e-9)) };
  }
  return null;
}

export function drawNames(g, view, ratio, palette) {
  const taken = [], named = new Set();
  const free = (b) => taken.every((o) => Math.abs(o.x - b.x) * 2 > o.w + b.w || Math.abs(o.y - b.y) * 2 > o.h + b.h);
  flat(g, ratio);
  g.font = `${SIZE}px ${FONT}`;
  g.textAlign = 'center';
  g.textBaseline = 'middle';
  g.lineJoin = 'round';
  g.lineWidth = 3;
  g.strokeStyle = palette.land;
  g.fillStyle = palette.name;
  drawGroundNames(g, view, palette, free, taken);
  for (const run of runs) {
    if (taken.length >= MOST) break;
    if (named.has(run.name) || run.length * view.scale < 4 * SIZE) continue;
    const width = widthOf(run.name) + 4, spot = place(whole(run), width, view);
    if (!spot) continue;
    const cos = Math.abs(Math.cos(spot.turn)), sin = Math.abs(Math.sin(spot.turn));
    const box = { ...spot, w: width * cos + (SIZE + 6) * sin, h: width * sin + (SIZE + 6) * cos };
    if (!free(box)) continue;
    taken.push(box);
    named.add(run.name);
    g.save();
    g.translate(spot.x, spot.y);
    g.rotate(spot.turn);
    g.strokeText(run.name, 0, 0);
    g.fillText(run.name, 0, 0);
    g.restore();
  }
}

/** Names of waters and parks in their middle, where there is room. */
function drawGroundNames(g, view, palette, free, taken) {
  for (const { kind, name, rings: [ring] } of ground) {
    if (!name || kind === 'river') continue;
    const box = { x: view.px((ring.x1 + ring.x2) / 2), y: view.py((ring.y1 + ring.y2) / 2), w: widthOf(name) + 4, h: SIZE + 4 };
    const fits = box.w < (ring.x2 - ring.x1) * view.scale && box.x > 0 && box.y > 0 && box.x < view.width && box.y < view.height;
    if (!fits || !free(box)) continue;
    taken.push(box);
    g.strokeText(name, box.x, box.y);
    g.fillText(name, box.x, box.y);
  }
}

/** Stations: a square, of a colour of its own where it has a `tone`, and their name; where there are many, names that have room. */
export function drawPosts(g, view, ratio, palette, posts) {
  const taken = [];
  flat(g, ratio);
  g.font = `600 12px ${FONT}`;
  g.textAlign = 'center';
  g.textBaseline = 'middle';
  for (const p of posts) {
    const x = view.px(p.x), y = view.py(p.y);
    g.fillStyle = (p.tone && p.tone()) || palette.ink;
    g.strokeStyle = palette.card;
    g.lineJoin = 'round';
    g.lineWidth = 2;
    g.fillRect(x - 6, y - 6, 12, 12);
    g.strokeRect(x - 6, y - 6, 12, 12);
    g.fillStyle = palette.ink;
    g.lineWidth = 3.5;
    const half = g.measureText(p.name).width / 2 + 4, left = x < 0 || x > view.width ? x : Math.max(half, Math.min(view.width - half, x));
    if (posts.length > MANY_POSTS && taken.some((o) => Math.abs(o.y - y) < 15 && Math.abs(o.x - left) < o.half + half)) continue;
    taken.push({ x: left, y, half });
    g.strokeText(p.name, left, y + 14);
    g.fillText(p.name, left, y + 14);
  }
}
