// The page's data, decoded: degrees become metres on a plane, y down; every time is seconds from the plan's start.
export const D = JSON.parse(document.getElementById('data').textContent);
export const T = D.words;

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const sums = (deltas) => { let s = 0; return deltas.map((v) => (s += v)); };

/** Demand, one row of `D.slices` bytes per demand point: 255 · √(share of the top). */
export const heat = bytes(D.heat);
/** S as the evaluation has it, one row of `D.glows` bytes per demand point: 255 is seen in full. */
export const glow = bytes(D.glow);

const [lat0, lon0] = D.origin;
const KX = 111195 * Math.cos((lat0 * Math.PI) / 180), KY = -111195;
export const X = (lon) => (lon - lon0) * KX;
export const Y = (lat) => (lat - lat0) * KY;
const line = (lat, lon) => [sums(lon).map((v) => X(v / 1e6)), sums(lat).map((v) => Y(v / 1e6))];

/** Drawn width of a street by its class, relative. */
const WIDTH = { motorway: 3, trunk: 3, primary: 2.6, secondary: 2.2, tertiary: 1.8, residential: 1.2, unclassified: 1.2 };
export const streets = D.streets.map(([cls, name, point, lat, lon]) => {
  const [x, y] = line(lat, lon);
  return { name: D.names[name], point, x, y, width: WIDTH[D.classes[cls].replace('_link', '')] || 0.8 };
});
export const tracks = D.tracks.map(([team, lat, lon, t]) => {
  const [x, y] = line(lat, lon);
  return { team, x, y, t: sums(t) };
});
export const stops = D.stops.map(([team, order, site, zone, street, lat, lon, arrive, start, end, why], id) =>
  ({ id, team, order, site, zone, street, x: X(lon), y: Y(lat), arrive, start, end, why }));

/** HH:MM of the wall clock. */
export function hhmm(seconds) {
  const minute = (D.clock.start_min + Math.floor(seconds / 60)) % 1440;
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** "{a} of {b}" with its values. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);

/** Where a track is at a time, null before and after its duty. */
export function position({ x, y, t }, when) {
  if (!t.length || when < t[0] || when > t[t.length - 1]) return null;
  let a = 0, b = t.length - 1;
  while (b - a > 1) { const m = (a + b) >> 1; if (t[m] <= when) a = m; else b = m; }
  const f = t[b] > t[a] ? (when - t[a]) / (t[b] - t[a]) : 0;
  return [x[a] + f * (x[b] - x[a]), y[a] + f * (y[b] - y[a])];
}

/** Index of the slice that a time lies in. */
export const slice = (when, length, count) => Math.max(0, Math.min(count - 1, Math.floor(when / length)));
