// The page's data, decoded: degrees become metres on a plane, y down; every time is seconds from the plan's start.
export const D = JSON.parse(document.getElementById('data').textContent);
export const T = D.words;

export const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
export const sums = (deltas) => { let s = 0; return deltas.map((v) => (s += v)); };

/** Demand, one row of `D.slices` bytes per street that has any: 255 · √(share of the top). */
export const heat = bytes(D.heat);

const [lat0, lon0] = D.origin;
const KX = 111195 * Math.cos((lat0 * Math.PI) / 180), KY = -111195;
export const X = (lon) => (lon - lon0) * KX;
export const Y = (lat) => (lat - lat0) * KY;
const least = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
const most = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);

/** A line on the plane with its box. */
export function line(lat, lon) {
  const x = sums(lon).map((v) => X(v / 1e6)), y = sums(lat).map((v) => Y(v / 1e6));
  return { x, y, x1: least(x), x2: most(x), y1: least(y), y2: most(y) };
}

/** Drawn width of a street by its class, relative. */
const WIDTH = { motorway: 3, trunk: 3, primary: 2.6, secondary: 2.2, tertiary: 1.8, residential: 1.2, unclassified: 1.2 };
/** Streets; `row` is the street's in `heat`, −1 where it has no demand. */
export const streets = D.streets.map(([cls, name, row, lat, lon]) =>
  ({ ...line(lat, lon), name: D.names[name], row, width: WIDTH[D.classes[cls].replace('_link', '')] || 0.8 }));

/** Waters and parks: rings, islands among them, or lines of rivers. */
export const ground = D.ground.map(([kind, name, rings]) => ({ kind, name, rings: rings.map(([lat, lon]) => line(lat, lon)) }));

/** HH:MM of the wall clock. */
export function hhmm(seconds) {
  const minute = (D.clock.start_min + Math.floor(seconds / 60)) % 1440;
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** "{a} of {b}" with its values. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);

/** Index of the slice that a time lies in. */
export const slice = (when, length, count) => Math.max(0, Math.min(count - 1, Math.floor(when / length)));

export const byId = (id) => document.getElementById(id);
