'use strict';
const D = JSON.parse(document.getElementById('data').textContent);
const $ = (id) => document.getElementById(id);
const add = (parent, tag, text, cls) => {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (cls) e.className = cls;
  parent.append(e);
  return e;
};
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const hhmm = (slice) => {
  const m = (D.start_min + slice * D.slice_min) % 1440;
  return `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`;
};

// ---- colours: a few shades, so that streets of one shade are drawn in one go ----------------------
const RAMP = [[253, 228, 184], [252, 174, 97], [238, 106, 60], [193, 39, 45], [107, 15, 26]];
const SHADES = 28;
const shade = (k) => {
  const x = Math.min(0.9999, (k + 0.5) / SHADES) * (RAMP.length - 1), i = Math.floor(x), f = x - i;
  return `rgb(${RAMP[i].map((c, n) => Math.round(c + f * (RAMP[i + 1][n] - c))).join(',')})`;
};
const COLOURS = Array.from({ length: SHADES }, (_, k) => shade(k));

// ---- data: millionths of a degree → metres on a plane, y down -------------------------------------
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const heat = bytes(D.heat), unsure = bytes(D.unsure);
const first = D.streets[0], lat0 = first[3][0] / 1e6, lon0 = first[4][0] / 1e6;
const KX = 111195 * Math.cos((lat0 * Math.PI) / 180), KY = -111195;
const X = (lon) => (lon - lon0) * KX, Y = (lat) => (lat - lat0) * KY;
const MAIN = new Set(['motorway', 'trunk', 'primary', 'secondary', 'tertiary']);
const streets = D.streets.map(([cls, name, row, la, lo]) => {
  const n = la.length, x = new Float64Array(n), y = new Float64Array(n);
  let a = 0, o = 0, x1 = Infinity, x2 = -Infinity, y1 = Infinity, y2 = -Infinity;
  for (let i = 0; i < n; i++) {
    a += la[i]; o += lo[i];
    x[i] = X(o / 1e6); y[i] = Y(a / 1e6);
    x1 = Math.min(x1, x[i]); x2 = Math.max(x2, x[i]); y1 = Math.min(y1, y[i]); y2 = Math.max(y2, y[i]);
  }
  const kind = D.classes[cls];
  return { name: D.names[name] || kind.replace('_', ' '), row, x, y, x1, x2, y1, y2, main: MAIN.has(kind.replace('_link', '')) };
});
const places = D.places.map(([lat, lon, street, share, busiest, why], k) =>
  ({ n: k + 1, x: X(lon), y: Y(lat), street, share, busiest, why }));

// ---- view -----------------------------------------------------------------------------------------
const canvas = $('map'), g = canvas.getContext('2d');
let scale = 1, cx = 0, cy = 0, W = 0, H = 0, now = 0, chosen = null, timer = null;
const px = (x) => (x - cx) * scale + W / 2, py = (y) => (y - cy) * scale + H / 2;
const level = (s) => (s.row < 0 ? 0 : heat[s.row * D.slices + now]);
function fit() {  // all but the outermost hundredths: a motorway that leaves the area is no reason to shrink the town
  const some = streets.filter((s) => s.row >= 0), span = (key) => {
    const v = some.map((s) => s[key]).sort((a, b) => a - b);
    return [v[Math.floor(0.01 * v.length)], v[Math.floor(0.99 * (v.length - 1))]];
  };
  const [x1] = span('x1'), [, x2] = span('x2'), [y1] = span('y1'), [, y2] = span('y2');
  scale = 0.94 * Math.min(W / Math.max(x2 - x1, 50), (H - 90) / Math.max(y2 - y1, 50));
  cx = (x1 + x2) / 2; cy = (y1 + y2) / 2 + 24 / scale;
}
function trace(s) {
  g.moveTo(px(s.x[0]), py(s.y[0]));
  for (let i = 1; i < s.x.length; i++) g.lineTo(px(s.x[i]), py(s.y[i]));
}
function draw() {
  g.clearRect(0, 0, W, H);
  g.lineCap = g.lineJoin = 'round';
  const left = cx - W / 2 / scale - 20, right = cx + W / 2 / scale + 20, top = cy - H / 2 / scale - 20, low = cy + H / 2 / scale + 20;
  const inside = streets.filter((s) => s.x2 > left && s.x1 < right && s.y2 > top && s.y1 < low);
  const thin = Math.max(0.5, Math.min(2.4, scale * 7));
  for (const main of [false, true]) {
    g.beginPath();
    for (const s of inside) if (s.main === main) trace(s);
    g.strokeStyle = css(main ? '--main' : '--road'); g.lineWidth = (main ? 1.8 : 1) * thin; g.stroke();
  }
  const by = Array.from({ length: SHADES }, () => []);
  for (const s of inside) { const u = level(s); if (u > 12) by[Math.min(SHADES - 1, Math.floor((u / 256) * SHADES))].push(s); }
  by.forEach((some, k) => {
    if (!some.length) return;
    g.beginPath(); some.forEach(trace);
    g.strokeStyle = COLOURS[k]; g.lineWidth = thin * (1 + 1.6 * (k / SHADES)) + 1.4 * (k / SHADES); g.stroke();
  });
  g.textAlign = 'center'; g.textBaseline = 'middle'; g.font = '600 11px system-ui,sans-serif';
  const ink = css('--ink'), card = css('--card');
  for (const p of [...places].reverse()) {
    const x = px(p.x), y = py(p.y), on = p === chosen;
    g.beginPath(); g.arc(x, y, on ? 12 : 9, 0, 7); g.fillStyle = on ? ink : card; g.fill();
    g.strokeStyle = ink; g.lineWidth = 1.4; g.stroke();
    g.fillStyle = on ? card : ink; g.fillText(String(p.n), x, y + 0.5);
  }
  const want = 110 / scale, power = 10 ** Math.floor(Math.log10(want));
  const m = [5, 2, 1].map((k) => k * power).find((v) => v <= want), w = m * scale;
  g.strokeStyle = g.fillStyle = ink; g.lineWidth = 2;
  g.beginPath(); g.moveTo(58, 21); g.lineTo(58, 26); g.lineTo(58 + w, 26); g.lineTo(58 + w, 21); g.stroke();
  g.font = '12px system-ui,sans-serif'; g.fillText(m >= 1000 ? `${m / 1000} km` : `${m} m`, 58 + w / 2, 15);
}
function strip() {
  const c = $('night'), d = devicePixelRatio || 1, w = c.clientWidth, h = c.clientHeight, k = c.getContext('2d');
  c.width = w * d; c.height = h * d; k.scale(d, d);
  const n = D.night.length, step = w / n;
  D.night.forEach((v, i) => {
    k.fillStyle = i === now ? css('--hot') : css('--main');
    k.fillRect(i * step + 0.5, h - 2 - (h - 4) * v, Math.max(1, step - 1), (h - 4) * v + 2);
  });
}
function resize() {
  const r = canvas.getBoundingClientRect(), d = devicePixelRatio || 1, begin = !W;
  W = r.width; H = r.height; canvas.width = W * d; canvas.height = H * d; g.setTransform(d, 0, 0, d, 0, 0);
  if (begin) fit();
  draw(); strip();
}
function zoom(f, x = W / 2, y = H / 2) {
  const wx = (x - W / 2) / scale + cx, wy = (y - H / 2) / scale + cy;
  scale = Math.min(20, Math.max(0.002, scale * f));
  cx = wx - (x - W / 2) / scale; cy = wy - (y - H / 2) / scale;
  draw();
}
function set(slice) {
  now = slice;
  $('slider').value = slice;
  $('slider').setAttribute('aria-valuetext', hhmm(slice));
  $('clock').textContent = hhmm(slice);
  draw(); strip();
}
function choose(p, move) {
  chosen = p;
  for (const b of $('places').querySelectorAll('button')) b.classList.toggle('on', b.place === p);
  if (p && move) { scale = Math.max(scale, 0.35); cx = p.x; cy = p.y; }
  draw();
}

// ---- pointing -------------------------------------------------------------------------------------
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
  if (!moved && kind === 'pointerup') choose(hitPlace(e.offsetX, e.offsetY), false);
});
canvas.addEventListener('pointerleave', () => { $('tip').hidden = true; });
canvas.addEventListener('wheel', (e) => { e.preventDefault(); zoom(Math.exp(-e.deltaY * 0.0015), e.offsetX, e.offsetY); }, { passive: false });
canvas.addEventListener('keydown', (e) => {
  const step = 60 / scale, moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
  if (moves[e.key]) { cx += moves[e.key][0]; cy += moves[e.key][1]; draw(); e.preventDefault(); }
  if (e.key === '+') zoom(1.4);
  if (e.key === '-') zoom(1 / 1.4);
});
function hitPlace(x, y) {
  return places.find((p) => Math.hypot(px(p.x) - x, py(p.y) - y) < 12) || null;
}
function hitStreet(x, y) {
  const wx = (x - W / 2) / scale + cx, wy = (y - H / 2) / scale + cy, pad = 8 / scale;
  let best = null, near = 8;
  for (const s of streets) {
    if (wx < s.x1 - pad || wx > s.x2 + pad || wy < s.y1 - pad || wy > s.y2 + pad) continue;
    for (let i = 1; i < s.x.length; i++) {
      const ax = px(s.x[i - 1]), ay = py(s.y[i - 1]), dx = px(s.x[i]) - ax, dy = py(s.y[i]) - ay;
      const f = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
      const d = Math.hypot(ax + f * dx - x, ay + f * dy - y) - level(s) / 256;
      if (d < near) { near = d; best = s; }
    }
  }
  return best;
}
function tip(e) {
  const place = hitPlace(e.offsetX, e.offsetY), s = place ? null : hitStreet(e.offsetX, e.offsetY), box = $('tip');
  box.hidden = !place && !s;
  if (box.hidden) return;
  if (place) box.textContent = `${place.n}. ${place.street}\nbusiest ${place.busiest}\n${place.why}`;
  else {
    const u = level(s) / 255, off = s.row < 0 ? 0 : unsure[s.row];
    box.textContent = `${s.name}\n${u ? `${(100 * u * u).toFixed(u < 0.3 ? 1 : 0)} % of the densest streets' demand` : 'no demand'}${u && off ? `\n± ${off >= 250 ? 'over 250' : off} % over the night` : ''}`;
  }
  box.style.left = `${Math.min(e.offsetX + 14, W - 240)}px`; box.style.top = `${Math.min(e.offsetY + 14, H - 90)}px`;
}
function play() {
  const go = timer === null;
  if (!go) { clearInterval(timer); timer = null; } else timer = setInterval(() => set((now + 1) % D.slices), 350);
  $('play').textContent = go ? '⏸' : '▶';
  $('play').setAttribute('aria-label', go ? 'pause' : 'play');
}

// ---- the page -------------------------------------------------------------------------------------
$('title').textContent = D.name;
$('subtitle').textContent = `Demand ${D.date ? `on ${D.date}, ` : ''}${hhmm(0)}–${hhmm(D.slices)}`;
for (const p of places) {
  const b = add(add($('places'), 'li'), 'button');
  b.place = p;
  add(b, 'span', String(p.n), 'n'); add(b, 'span', p.street, 'street');
  add(b, 'span', `${(100 * p.share).toFixed(1)} %`, 'share'); add(b, 'span', `${p.busiest} · ${p.why}`, 'why');
  b.addEventListener('click', () => choose(p, true));
}
for (const n of D.notes) add($('notes'), 'li', n);
$('slider').max = D.slices - 1;
$('slider').addEventListener('input', (e) => set(Number(e.target.value)));
$('play').addEventListener('click', play);
$('in').addEventListener('click', () => zoom(1.4));
$('out').addEventListener('click', () => zoom(1 / 1.4));
$('fit').addEventListener('click', () => { fit(); draw(); });
addEventListener('resize', resize);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { draw(); strip(); });
resize();
set(D.night.indexOf(Math.max(...D.night)));
document.documentElement.dataset.ready = '1';
