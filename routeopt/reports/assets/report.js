'use strict';
const D = JSON.parse(document.getElementById('data').textContent);
const $ = (id) => document.getElementById(id);
// Okabe and Ito's colours, which colour-blind people can tell apart; then again with dashes
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7a5195', '#8c8c00'];
const colour = (k) => COLOURS[k % COLOURS.length];
const dash = (k) => [[], [8, 5], [2, 4]][Math.floor(k / COLOURS.length) % 3];
const RAMP = [[253, 212, 158], [252, 141, 89], [215, 48, 31], [127, 0, 0]];
const ramp = (u) => {
  const x = Math.min(0.9999, u) * 3, i = Math.floor(x), f = x - i;
  return `rgb(${RAMP[i].map((c, n) => Math.round(c + f * (RAMP[i + 1][n] - c))).join(',')})`;
};
const sums = (d) => { let s = 0; return Float64Array.from(d, (v) => (s += v)); };
const hhmm = (s) => {
  const m = (D.clock.start_min + Math.floor(s / 60)) % 1440;
  return `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`;
};
const add = (parent, tag, text, cls) => {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (cls) e.className = cls;
  parent.append(e);
  return e;
};
const pct = (v) => `${(100 * v).toFixed(1)} %`;

// ---- data: degrees → metres on a plane, y down --------------------------------------------------
const heat = Uint8Array.from(atob(D.heat), (c) => c.charCodeAt(0));
let lat0 = 0, lon0 = 0;
if (D.streets.length) { lat0 = D.streets[0][3][0] / 1e6; lon0 = D.streets[0][4][0] / 1e6; }
const KX = 111195 * Math.cos((lat0 * Math.PI) / 180), KY = -111195;
const X = (lon) => (lon - lon0) * KX, Y = (lat) => (lat - lat0) * KY;
const line = (la, lo) => {
  const a = sums(la), o = sums(lo);
  return [o.map((v) => X(v / 1e6)), a.map((v) => Y(v / 1e6))];
};
const WIDE = { motorway: 3, trunk: 3, primary: 2.6, secondary: 2.2, tertiary: 1.8, residential: 1.2, unclassified: 1.2 };
const streets = D.streets.map(([cls, name, point, la, lo]) => {
  const [x, y] = line(la, lo);
  return { cls, name, point, x, y, w: WIDE[cls.replace('_link', '')] || 0.8 };
});
const tracks = D.tracks.map(([k, la, lo, t]) => { const [x, y] = line(la, lo); return { k, x, y, t }; });
const stops = D.stops.map(([k, n, site, zone, street, la, lo, arrive, start, end, why]) =>
  ({ k, n, site, zone, street, x: X(lo), y: Y(la), arrive, start, end, why }));

// ---- state and view -----------------------------------------------------------------------------
const canvas = $('map'), g = canvas.getContext('2d');
let scale = 1, cx = 0, cy = 0, W = 0, H = 0, now = 0, chosen = null, timer = null;
const shown = D.teams.map(() => true);
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
function fit() {
  const xs = [], ys = [];
  const from = tracks.some((t) => t.x.length > 1) ? tracks : streets;
  for (const s of from) for (let i = 0; i < s.x.length; i++) { xs.push(s.x[i]); ys.push(s.y[i]); }
  if (!xs.length) return;
  const min = (a) => a.reduce((p, c) => Math.min(p, c)), max = (a) => a.reduce((p, c) => Math.max(p, c));
  const [x1, x2, y1, y2] = [min(xs), max(xs), min(ys), max(ys)];
  scale = 0.88 * Math.min(W / Math.max(x2 - x1, 50), (H - 60) / Math.max(y2 - y1, 50));
  cx = (x1 + x2) / 2; cy = (y1 + y2) / 2 + 20 / scale;
}
const px = (x) => (x - cx) * scale + W / 2, py = (y) => (y - cy) * scale + H / 2;
function path(s) {
  g.beginPath();
  for (let i = 0; i < s.x.length; i++) g.lineTo(px(s.x[i]), py(s.y[i]));
}
function visible(s) {
  for (let i = 0; i < s.x.length; i++) {
    const x = px(s.x[i]), y = py(s.y[i]);
    if (x > -50 && x < W + 50 && y > -50 && y < H + 50) return true;
  }
  return false;
}
function position(track, t) {
  const { x, y, t: when } = track;
  if (!when.length || t < when[0] || t > when[when.length - 1]) return null;
  let a = 0, b = when.length - 1;
  while (b - a > 1) { const m = (a + b) >> 1; if (when[m] <= t) a = m; else b = m; }
  const f = when[b] > when[a] ? (t - when[a]) / (when[b] - when[a]) : 0;
  return [x[a] + f * (x[b] - x[a]), y[a] + f * (y[b] - y[a])];
}
function draw() {
  const slice = Math.min(D.slices - 1, Math.floor(now / D.slice_s));
  const thin = Math.max(0.6, Math.min(2.2, scale * 6));
  g.clearRect(0, 0, W, H);
  g.lineCap = g.lineJoin = 'round';
  const road = css('--road'), main = css('--main');
  const inside = streets.filter(visible);
  for (const s of inside) {
    path(s); g.setLineDash([]);
    g.strokeStyle = s.w > 2 ? main : road; g.lineWidth = s.w * thin; g.stroke();
  }
  for (const s of inside) {
    const u = s.point < 0 ? 0 : heat[s.point * D.slices + slice] / 255;
    if (u < 0.06) continue;
    path(s); g.strokeStyle = ramp(u); g.globalAlpha = 0.35 + 0.6 * u; g.lineWidth = s.w * thin + 2.4 * u; g.stroke();
  }
  g.globalAlpha = 1;
  for (const t of tracks) {
    if (!shown[t.k]) continue;
    path(t); g.setLineDash(dash(t.k)); g.strokeStyle = colour(t.k); g.globalAlpha = 0.5; g.lineWidth = 2; g.stroke();
    g.beginPath(); let any = false;  // the last half hour stands out
    for (let i = 0; i < t.t.length; i++) if (t.t[i] <= now && t.t[i] > now - 1800) { g.lineTo(px(t.x[i]), py(t.y[i])); any = true; }
    const p = position(t, now);
    if (p && any) g.lineTo(px(p[0]), py(p[1]));
    g.globalAlpha = 1; g.lineWidth = 4; if (any) g.stroke();
  }
  g.setLineDash([]); g.globalAlpha = 1;
  g.textAlign = 'center'; g.textBaseline = 'middle'; g.font = '600 10px system-ui,sans-serif';
  const card = css('--card'), ink = css('--ink');
  const seen = new Set();
  for (const s of [...stops].sort((a, b) => (b.arrive <= now && b.end >= now) - (a.arrive <= now && a.end >= now))) {
    if (!shown[s.k]) continue;
    const on = s.arrive <= now && s.end >= now, x = px(s.x), y = py(s.y);
    const cell = `${Math.round(x / 9)},${Math.round(y / 9)}`;
    if (seen.has(cell) && s !== chosen) continue;
    seen.add(cell);
    const r = s === chosen ? 10 : on ? 9 : 3.5;
    g.beginPath(); g.arc(x, y, r, 0, 7); g.fillStyle = on ? colour(s.k) : card; g.fill();
    g.strokeStyle = s === chosen ? ink : colour(s.k); g.lineWidth = 2; g.stroke();
    if (on) { g.fillStyle = '#fff'; g.fillText(String(s.n), x, y); }
  }
  for (const t of tracks) {
    const p = shown[t.k] && position(t, now);
    if (!p) continue;
    const x = px(p[0]), y = py(p[1]), label = D.teams[t.k].name;
    g.beginPath(); g.arc(x, y, 6, 0, 7); g.fillStyle = colour(t.k); g.fill();
    g.strokeStyle = '#fff'; g.lineWidth = 2; g.stroke();
    g.font = '600 12px system-ui,"Noto Sans CJK SC",sans-serif'; g.textAlign = 'left';
    g.lineWidth = 3; g.strokeStyle = card; g.strokeText(label, x + 11, y - 9);
    g.fillStyle = ink; g.fillText(label, x + 11, y - 9); g.textAlign = 'center'; g.font = '600 10px system-ui,sans-serif';
  }
  scaleBar(ink);
}
function scaleBar(ink) {
  const want = 110 / scale, power = 10 ** Math.floor(Math.log10(want));
  const m = [5, 2, 1].map((k) => k * power).find((v) => v <= want), w = m * scale, x = 58, y = 26;
  g.strokeStyle = g.fillStyle = ink; g.lineWidth = 2;
  g.beginPath(); g.moveTo(x, y - 5); g.lineTo(x, y); g.lineTo(x + w, y); g.lineTo(x + w, y - 5); g.stroke();
  g.font = '12px system-ui,sans-serif'; g.fillText(m >= 1000 ? `${m / 1000} km` : `${m} m`, x + w / 2, y - 9);
}
function resize() {
  const r = canvas.getBoundingClientRect(), d = devicePixelRatio || 1, first = !W;
  W = r.width; H = r.height; canvas.width = W * d; canvas.height = H * d; g.setTransform(d, 0, 0, d, 0, 0);
  if (first) fit();
  draw();
}
function zoom(f, x = W / 2, y = H / 2) {
  const wx = (x - W / 2) / scale + cx, wy = (y - H / 2) / scale + cy;
  scale = Math.min(20, Math.max(0.002, scale * f));
  cx = wx - (x - W / 2) / scale; cy = wy - (y - H / 2) / scale;
  draw();
}

// ---- pointing -----------------------------------------------------------------------------------
const fingers = new Map();
let moved = false, spread = 0;
canvas.addEventListener('pointerdown', (e) => { canvas.setPointerCapture(e.pointerId); fingers.set(e.pointerId, e); moved = false; });
canvas.addEventListener('pointermove', (e) => {
  const was = fingers.get(e.pointerId);
  if (!was) return tip(e);
  const dx = e.offsetX - was.offsetX, dy = e.offsetY - was.offsetY;
  fingers.set(e.pointerId, e);
  if (Math.abs(dx) + Math.abs(dy) > 1) moved = true;
  if (fingers.size === 2) {
    const [a, b] = [...fingers.values()], d = Math.hypot(a.offsetX - b.offsetX, a.offsetY - b.offsetY);
    if (spread) zoom(d / spread, (a.offsetX + b.offsetX) / 2, (a.offsetY + b.offsetY) / 2);
    spread = d;
  } else { cx -= dx / scale; cy -= dy / scale; draw(); }
});
for (const kind of ['pointerup', 'pointercancel']) canvas.addEventListener(kind, (e) => {
  fingers.delete(e.pointerId); spread = 0;
  if (!moved && kind === 'pointerup') choose(hitStop(e.offsetX, e.offsetY));
});
canvas.addEventListener('wheel', (e) => { e.preventDefault(); zoom(Math.exp(-e.deltaY * 0.0015), e.offsetX, e.offsetY); }, { passive: false });
canvas.addEventListener('keydown', (e) => {
  const step = 60 / scale, moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
  if (moves[e.key]) { cx += moves[e.key][0]; cy += moves[e.key][1]; draw(); e.preventDefault(); }
  if (e.key === '+') zoom(1.4);
  if (e.key === '-') zoom(1 / 1.4);
});
function hitStop(x, y) {
  let best = null, near = 12;
  for (const s of stops) {
    if (!shown[s.k]) continue;
    const d = Math.hypot(px(s.x) - x, py(s.y) - y) - (s.arrive <= now && s.end >= now ? 3 : 0);
    if (d < near) { near = d; best = s; }
  }
  return best;
}
function hitStreet(x, y) {
  let best = null, near = 7;
  for (const s of streets) for (let i = 1; i < s.x.length; i++) {
    const ax = px(s.x[i - 1]), ay = py(s.y[i - 1]), dx = px(s.x[i]) - ax, dy = py(s.y[i]) - ay;
    const f = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
    const d = Math.hypot(ax + f * dx - x, ay + f * dy - y);
    if (d < near) { near = d; best = s; }
  }
  return best;
}
function tip(e) {
  const s = hitStop(e.offsetX, e.offsetY), box = $('tip');
  const street = s ? null : hitStreet(e.offsetX, e.offsetY);
  box.hidden = !s && !street;
  if (box.hidden) return;
  box.textContent = s ? `${D.teams[s.k].name} ${s.n}: ${s.site}\n${hhmm(s.start)}–${hhmm(s.end)}\n${s.why}` : street.name || street.cls;
  box.style.left = `${Math.min(e.offsetX + 14, W - 200)}px`; box.style.top = `${e.offsetY + 14}px`;
}
function choose(s) {
  chosen = s;
  for (const row of $('stops').tBodies[0].rows) row.classList.toggle('on', row.stop === s);
  if (s) set(Math.max(s.arrive, Math.min(s.end, now)));
  draw();
}
function set(t) { now = t; $('slider').value = t; $('clock').textContent = hhmm(t); draw(); }
function play() {
  const go = timer === null;
  if (!go) { clearInterval(timer); timer = null; } else timer = setInterval(() => set(now + 60 > D.clock.duration_s ? 0 : now + 60), 80);
  $('play').textContent = go ? '⏸' : '▶';
  $('play').setAttribute('aria-label', go ? 'pause' : 'play');
}

// ---- the page -----------------------------------------------------------------------------------
$('title').textContent = D.name;
$('subtitle').textContent = `${D.date ? `${D.date}, ` : ''}${hhmm(0)}–${hhmm(D.clock.duration_s)} · ${D.teams.length} teams · ${D.stops.length} stops · strategy ${D.strategy}, seed ${D.seed}, ${D.runtime_s} s`;
const F = D.figures, rows = [
  ['visibility, effective (seen or still held off)', pct(F.visibility)],
  ['  over what is uncertain about the effect', `${pct(F.band.low)} – ${pct(F.band.high)}`],
  ...(D.bound === null ? [] : [['  no plan can exceed', pct(D.bound)]]),
  ['visibility, instant (seen now)', pct(F.instant)],
  ...Object.entries(F.within).map(([m, v]) => [`seen within ${m} min`, pct(v)]),
  ...Object.entries(F.handling).map(([m, v]) => [`handling: a team within ${m} min`, pct(v)]),
  ...Object.entries(F.backup).map(([m, v]) => [`backup: a second team within ${m} min`, pct(v)]),
  ...Object.entries(F.zones).map(([z, v]) => [`visibility in ${z}`, pct(v)]),
];
for (const [a, b] of rows) { const r = add($('figures'), 'tr'); add(r, 'td', a); add(r, 'td', b); }
D.teams.forEach((team, k) => {
  const label = add($('teams'), 'label'), box = add(label, 'input');
  box.type = 'checkbox'; box.checked = true;
  box.addEventListener('change', () => { shown[k] = box.checked; draw(); });
  const sample = add(label, 'i'); sample.style.borderTopColor = colour(k);
  sample.style.borderTopStyle = ['solid', 'dashed', 'dotted'][Math.floor(k / COLOURS.length) % 3];
  add(label, 'span', `${team.name} (${team.mode})`);
});
for (const s of stops) {
  const r = add($('stops').tBodies[0], 'tr');
  r.stop = s;
  [D.teams[s.k].name, s.n, hhmm(s.start), hhmm(s.end), s.site, s.street, s.zone, s.why].forEach((v) => add(r, 'td', String(v)));
  r.addEventListener('click', () => choose(s));
}
for (const v of D.violations) { $('faults').hidden = false; add($('faults').querySelector('ul'), 'li', v); }
for (const n of D.notes) add($('notes'), 'li', n);
for (const [name, hash] of D.inputs) { const r = add($('inputs'), 'tr'); add(r, 'td', name); add(r, 'td', `SHA-256 ${hash}`); }
$('slider').max = D.clock.duration_s;
$('slider').addEventListener('input', (e) => set(Number(e.target.value)));
$('play').addEventListener('click', play);
$('in').addEventListener('click', () => zoom(1.4));
$('out').addEventListener('click', () => zoom(1 / 1.4));
$('fit').addEventListener('click', () => { fit(); draw(); });
addEventListener('resize', resize);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
resize();
set(Math.min(7200, Math.floor(D.clock.duration_s / 120) * 60));
document.documentElement.dataset.ready = '1';
