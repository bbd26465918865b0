// What lies on the map, from below: streets, what is seen, demand, routes, stops, teams. Streets are stroked in
// bundles of one width or shade, so that a city of a hundred thousand pieces draws in a few strokes.
import { D, T, glow, heat, position, slice, stops, streets, tracks } from './data.js';
import { SEEN, colour, dash, onColour, ramp } from './colours.js';

const SHADES = 16;
const FONT = 'system-ui,"Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif';
const TRAIL_S = 1800;

const trace = (path, { x, y }) => {
  path.moveTo(x[0], y[0]);
  for (let i = 1; i < x.length; i++) path.lineTo(x[i], y[i]);
};

const bases = new Map(); // width → every street of that width
for (const s of streets) {
  if (!bases.has(s.width)) bases.set(s.width, new Path2D());
  trace(bases.get(s.width), s);
}
const own = streets.filter((s) => s.point >= 0);
const routes = tracks.map((t) => { const path = new Path2D(); if (t.x.length) trace(path, t); return path; });

/** Width of a line in pixels that grows a little with the scale. */
const thin = (view) => Math.max(0.55, Math.min(2.2, view.scale * 6));

export function drawStreets(g, view, ratio, palette) {
  view.enter(g, ratio);
  g.lineCap = g.lineJoin = 'round';
  for (const [width, path] of [...bases].sort((a, b) => a[0] - b[0])) {
    g.strokeStyle = width > 2 ? palette.main : palette.road;
    g.lineWidth = (width * thin(view)) / view.scale;
    g.stroke(path);
  }
}

/** Streets in bundles by `level` (0 to 1; below 0.03 left out), each stroked by `stroke(level, path)`. */
function bundles(level, stroke) {
  const paths = Array.from({ length: SHADES }, () => null);
  for (const s of own) {
    const u = level(s);
    if (u < 0.03) continue;
    const n = Math.min(SHADES - 1, Math.floor(u * SHADES));
    trace((paths[n] ??= new Path2D()), s);
  }
  paths.forEach((path, n) => path && stroke((n + 0.5) / SHADES, path));
}

/** How far streets are seen, or still held off, as a halo. */
export function drawSeen(g, view, ratio, palette, now) {
  const n = slice(now, D.glow_s, D.glows), tone = SEEN[palette.dark ? 'dark' : 'light'];
  view.enter(g, ratio);
  g.lineJoin = 'round';
  g.lineCap = 'butt'; // round ends would lie on each other and look like beads
  bundles((s) => glow[s.point * D.glows + n] / 255, (u, path) => {
    for (const [width, alpha] of [[15, 0.2], [8, 0.5]]) {
      g.strokeStyle = `rgba(${tone},${alpha * u})`;
      g.lineWidth = (width * Math.max(0.7, Math.min(1.5, thin(view)))) / view.scale;
      g.stroke(path);
    }
  });
}

/** Demand in the seconds [from, to), averaged; `missed` shows what is not seen of it at `from`. */
export function drawDemand(g, view, ratio, palette, from, to = from + 1, missed = false) {
  const first = slice(from, D.slice_s, D.slices), last = slice(to - 1, D.slice_s, D.slices);
  const beat = slice(from, D.glow_s, D.glows);
  const level = (s) => {
    let sum = 0; // bytes are square roots: their squares are averaged
    for (let i = first; i <= last; i++) sum += heat[s.point * D.slices + i] ** 2;
    if (missed) sum *= 1 - glow[s.point * D.glows + beat] / 255;
    return Math.sqrt(sum / (last - first + 1)) / 255;
  };
  view.enter(g, ratio);
  g.lineCap = g.lineJoin = 'round';
  bundles(level, (u, path) => {
    g.strokeStyle = ramp(u, palette.dark);
    g.lineWidth = (1.2 * thin(view) + 2.6 * u) / view.scale;
    g.stroke(path);
  });
}

/** Whole routes of the teams; where one is chosen it stands out. */
export function drawRoutes(g, view, ratio, team) {
  view.enter(g, ratio);
  g.lineCap = g.lineJoin = 'round';
  tracks.forEach((t, n) => {
    const mine = team === t.team;
    g.strokeStyle = colour(t.team);
    g.setLineDash(dash(t.team).map((v) => v / view.scale));
    g.globalAlpha = team === null ? 0.45 : mine ? 0.9 : 0.1;
    g.lineWidth = (mine ? 2.6 : 1.6) / view.scale;
    g.stroke(routes[n]);
  });
  g.setLineDash([]);
  g.globalAlpha = 1;
}

/** The last half hour of every route. */
export function drawTrails(g, view, ratio, team, now) {
  view.enter(g, ratio);
  g.lineCap = g.lineJoin = 'round';
  g.lineWidth = 4 / view.scale;
  for (const t of tracks) {
    const here = team === null || team === t.team ? position(t, now) : null;
    if (!here) continue;
    g.beginPath();
    for (let i = 0; i < t.t.length && t.t[i] <= now; i++) if (t.t[i] > now - TRAIL_S) g.lineTo(t.x[i], t.y[i]);
    g.lineTo(...here);
    g.strokeStyle = colour(t.team);
    g.setLineDash(dash(t.team).map((v) => v / view.scale));
    g.stroke();
  }
  g.setLineDash([]);
}

const flat = (g, ratio) => g.setTransform(ratio, 0, 0, ratio, 0, 0);

/** Stops: dots; with their number where the team is there, is chosen, or `numbers` asks for all. */
export function drawStops(g, view, ratio, palette, { team, stop, now }, numbers = false) {
  flat(g, ratio);
  g.textAlign = 'center';
  g.textBaseline = 'middle';
  const taken = new Set();
  const on = (s) => now !== null && s.arrive <= now && now < s.end;
  const rank = (s) => 4 * (s === stop) + 2 * on(s) + (s.team === team);
  for (const s of [...stops].sort((a, b) => rank(b) - rank(a)).filter((o) => team === null || o.team === team)) {
    const x = view.px(s.x), y = view.py(s.y), full = s === stop || on(s) || s.team === team || numbers;
    const size = full ? 13 : 7, cell = `${Math.round(x / size)},${Math.round(y / size)}`;
    if (taken.has(cell) || x < -20 || y < -20 || x > view.width + 20 || y > view.height + 20) continue;
    taken.add(cell);
    const solid = s === stop || on(s);
    g.beginPath();
    g.arc(x, y, s === stop ? 11 : full ? 8 : 3, 0, 7);
    g.fillStyle = solid ? colour(s.team) : palette.card;
    g.fill();
    g.strokeStyle = s === stop ? palette.ink : colour(s.team);
    g.lineWidth = s === stop ? 3 : 1.8;
    g.stroke();
    if (!full) continue;
    g.fillStyle = solid ? onColour(s.team) : palette.ink;
    g.font = `600 ${s.order > 99 ? 7 : 9.5}px ${FONT}`;
    g.fillText(String(s.order), x, y + 0.5);
  }
}

/** Teams where they are, each with its name, names kept off each other. */
export function drawTeams(g, view, ratio, palette, { team, now }) {
  flat(g, ratio);
  g.textAlign = 'left';
  g.textBaseline = 'middle';
  g.font = `600 12px ${FONT}`;
  const boxes = [];
  const there = tracks.map((t) => [t, position(t, now)]).filter(([, p]) => p);
  for (const [t, p] of there.sort((a, b) => a[1][1] - b[1][1])) {
    const x = view.px(p[0]), y = view.py(p[1]), mine = team === null || team === t.team;
    if (x < -20 || y < -20 || x > view.width + 20 || y > view.height + 20) continue;
    g.globalAlpha = mine ? 1 : 0.35;
    const name = D.teams[t.team].name, width = g.measureText(name).width + 8;
    let bx = x + 11, by = y - 9;
    if (bx + width > view.width - 4) bx = x - 11 - width;
    for (let tries = 0; tries < 24 && boxes.some((b) => Math.abs(b.y - by) < 17 && bx < b.x + b.width && b.x < bx + width); tries++) by += 17;
    boxes.push({ x: bx, y: by, width });
    g.strokeStyle = colour(t.team);
    g.lineWidth = 1.2;
    g.beginPath();
    g.moveTo(x, y);
    g.lineTo(bx < x ? bx + width : bx, by);
    g.stroke();
    g.beginPath();
    g.roundRect(bx, by - 8.5, width, 17, 4);
    g.fillStyle = palette.card;
    g.fill();
    g.stroke();
    g.fillStyle = palette.ink;
    g.fillText(name, bx + 4, by + 0.5);
    g.beginPath();
    g.arc(x, y, 6, 0, 7);
    g.fillStyle = colour(t.team);
    g.fill();
    g.strokeStyle = palette.card;
    g.lineWidth = 2;
    g.stroke();
  }
  g.globalAlpha = 1;
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
