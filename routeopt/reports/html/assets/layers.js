// What the report adds to the streets, from below: what is seen, routes, stops, teams.
import { D, slice } from '../../page/assets/data.js';
import { FONT, bundles, demand, drawNumber, flat, outline, thin } from '../../page/assets/streets.js';
import { SEEN, areas, cameras, colour, crowd, dash, glow, holding, isWatched, mark, onColour, ours, position, stops, tracks, zones } from './plan.js';

const TRAIL_S = 1800;
const routes = tracks.map((t) => { const path = new Path2D(); if (t.x.length) outline(path, t); return path; });

/** How far streets are seen, or still held off, as a halo. */
export function drawSeen(g, view, ratio, palette, now) {
  const n = slice(now, D.glow_s, D.glows), tone = SEEN[palette.dark ? 'dark' : 'light'];
  view.enter(g, ratio);
  g.lineJoin = 'round';
  g.lineCap = 'butt'; // round ends would lie on each other and look like beads
  bundles(view, (s) => glow[s.row * D.glows + n] / 255, (u, path) => {
    for (const [width, alpha] of [[15, 0.2], [8, 0.5]]) {
      g.strokeStyle = `rgba(${tone},${alpha * u})`;
      g.lineWidth = (width * Math.max(0.7, Math.min(1.5, thin(view)))) / view.scale;
      g.stroke(path);
    }
  });
}

/** Demand that is not seen at a time. */
export function missed(now) {
  const n = slice(now, D.glow_s, D.glows), wanted = demand(now);
  return (s) => wanted(s) * Math.sqrt(1 - glow[s.row * D.glows + n] / 255);
}

/** Streets that are closed or slow at a time (for null, at any): barred as a barrier is, close or wide. */
export function drawChanges(g, view, ratio, palette, now) {
  view.enter(g, ratio);
  g.lineCap = 'butt';
  g.lineJoin = 'round';
  for (const { closed, lines } of holding(now)) {
    const path = new Path2D(), width = closed ? 6 : 4;
    for (const s of lines) outline(path, s);
    for (const [tone, wide, bars] of [[palette.ink, width + 2, []], [palette.card, width, []], [palette.ink, width, closed ? [5, 5] : [2, 5]]]) {
      g.strokeStyle = tone;
      g.lineWidth = wide / view.scale;
      g.setLineDash(bars.map((v) => v / view.scale));
      g.stroke(path);
    }
  }
  g.setLineDash([]);
}

/** Areas that teams keep to, as broad bands in the colour of their first team; where a team is chosen, its own alone. */
export function drawAreas(g, view, ratio, team) {
  view.enter(g, ratio);
  g.lineCap = g.lineJoin = 'round';
  g.globalAlpha = 0.22;
  for (const { teams, lines } of areas) {
    if (team === null ? !teams.some(ours) : !teams.includes(team)) continue;
    const path = new Path2D();
    for (const s of lines) outline(path, s);
    g.strokeStyle = colour(team === null ? teams.find(ours) : team);
    g.lineWidth = 12 / view.scale;
    g.stroke(path);
  }
  g.globalAlpha = 1;
}

/** Borders of zones, dashed; those of the first layer are stronger. */
export function drawZones(g, view, ratio, palette) {
  view.enter(g, ratio);
  g.lineJoin = 'round';
  g.strokeStyle = palette.ink;
  g.setLineDash([8, 4, 2, 4].map((v) => v / view.scale));
  for (const { layer, rings } of zones) {
    const path = new Path2D(), first = layer === zones[0].layer;
    for (const r of rings) outline(path, r);
    g.globalAlpha = first ? 0.55 : 0.35;
    g.lineWidth = (first ? 1.8 : 1.1) / view.scale;
    g.stroke(path);
  }
  g.setLineDash([]);
  g.globalAlpha = 1;
}

/** Cameras as squares on their corner, filled while they are watched. */
export function drawCameras(g, view, ratio, palette, now) {
  if (!cameras.length) return;
  flat(g, ratio);
  g.lineWidth = 1.4;
  g.strokeStyle = palette.ink;
  for (const c of cameras) {
    const x = view.px(c.x), y = view.py(c.y), size = 4.5;
    if (x < -9 || y < -9 || x > view.width + 9 || y > view.height + 9) continue;
    g.beginPath();
    for (const [dx, dy] of [[0, -size], [size, 0], [0, size], [-size, 0]]) g.lineTo(x + dx, y + dy);
    g.closePath();
    g.fillStyle = isWatched(c, now) ? palette.ink : palette.card;
    g.fill();
    g.stroke();
  }
}

/** Whether the teams shown are a crowd on the map. */
const crowded = (view, team, now) => team === null && crowd(tracks.filter((t) => {
  const p = ours(t.team) && (now === null ? [t.x[0], t.y[0]] : position(t, now));
  return p && view.sees({ x1: p[0], x2: p[0], y1: p[1], y2: p[1] });
}).length);

/** Whole routes of the teams; where one is chosen it stands out. */
export function drawRoutes(g, view, ratio, team) {
  const many = crowded(view, team, null);
  view.enter(g, ratio);
  g.lineCap = g.lineJoin = 'round';
  tracks.forEach((t, n) => {
    if (!ours(t.team)) return;
    const mine = team === t.team;
    g.strokeStyle = colour(mark(t.team));
    g.setLineDash(dash(mark(t.team)).map((v) => v / view.scale));
    g.globalAlpha = team === null ? (many ? 0.3 : 0.45) : mine ? 0.9 : 0.1;
    g.lineWidth = (mine ? 2.6 : many ? 1.1 : 1.6) / view.scale;
    g.stroke(routes[n]);
  });
  g.setLineDash([]);
  g.globalAlpha = 1;
}

/** The last half hour of every route, but of those of a crowd. */
export function drawTrails(g, view, ratio, team, now) {
  if (crowded(view, team, now)) return;
  view.enter(g, ratio);
  g.lineCap = g.lineJoin = 'round';
  g.lineWidth = 4 / view.scale;
  for (const t of tracks) {
    const here = ours(t.team) && (team === null || team === t.team) ? position(t, now) : null;
    if (!here) continue;
    g.beginPath();
    for (let i = 0; i < t.t.length && t.t[i] <= now; i++) if (t.t[i] > now - TRAIL_S) g.lineTo(t.x[i], t.y[i]);
    g.lineTo(...here);
    g.strokeStyle = colour(mark(t.team));
    g.setLineDash(dash(mark(t.team)).map((v) => v / view.scale));
    g.stroke();
  }
  g.setLineDash([]);
}

/** Stops: dots; with their number where the team is there, is chosen, or `numbers` asks for all; of a crowd the one chosen. */
export function drawStops(g, view, ratio, palette, { team, stop, now }, numbers = false) {
  flat(g, ratio);
  const taken = new Set(), many = crowded(view, team, now);
  const on = (s) => now !== null && s.arrive <= now && now < s.end;
  const rank = (s) => 4 * (s === stop) + 2 * on(s) + (s.team === team);
  for (const s of [...stops].sort((a, b) => rank(b) - rank(a)).filter((o) => (team === null ? ours(o.team) && (!many || o === stop) : o.team === team))) {
    const x = view.px(s.x), y = view.py(s.y), full = s === stop || on(s) || s.team === team || numbers;
    const size = full ? 13 : 7, cell = `${Math.round(x / size)},${Math.round(y / size)}`;
    if (taken.has(cell) || x < -20 || y < -20 || x > view.width + 20 || y > view.height + 20) continue;
    taken.add(cell);
    const solid = s === stop || on(s);
    drawNumber(g, x, y, full ? s.order : '', s === stop ? 11 : full ? 8 : 3, {
      fill: solid ? colour(mark(s.team)) : palette.card,
      ink: solid ? onColour(mark(s.team)) : palette.ink,
      edge: s === stop ? palette.ink : colour(mark(s.team)),
      width: s === stop ? 3 : 1.8,
    });
  }
}

/** Teams where they are, each with its name, names kept off each other; a crowd without names. */
export function drawTeams(g, view, ratio, palette, { team, now }) {
  const many = crowded(view, team, now);
  flat(g, ratio);
  g.textAlign = 'left';
  g.textBaseline = 'middle';
  g.font = `600 12px ${FONT}`;
  const boxes = [];
  const there = tracks.filter((t) => ours(t.team)).map((t) => [t, position(t, now)]).filter(([, p]) => p);
  for (const [t, p] of there.sort((a, b) => a[1][1] - b[1][1])) {
    const x = view.px(p[0]), y = view.py(p[1]), mine = team === null || team === t.team;
    if (x < -20 || y < -20 || x > view.width + 20 || y > view.height + 20) continue;
    g.globalAlpha = mine ? 1 : 0.35;
    if (many) { dot(g, x, y, palette, t, 4.5); continue; }
    const name = D.teams[t.team].name, width = g.measureText(name).width + 8;
    let bx = x + 11, by = y - 9;
    if (bx + width > view.width - 4) bx = x - 11 - width;
    for (let tries = 0; tries < 24 && boxes.some((b) => Math.abs(b.y - by) < 17 && bx < b.x + b.width && b.x < bx + width); tries++) by += 17;
    boxes.push({ x: bx, y: by, width });
    g.strokeStyle = colour(mark(t.team));
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
    dot(g, x, y, palette, t, 6);
  }
  g.globalAlpha = 1;
}

/** A team where it is. */
function dot(g, x, y, palette, t, radius) {
  g.beginPath();
  g.arc(x, y, radius, 0, 7);
  g.fillStyle = colour(mark(t.team));
  g.fill();
  g.strokeStyle = palette.card;
  g.lineWidth = 2;
  g.stroke();
}
