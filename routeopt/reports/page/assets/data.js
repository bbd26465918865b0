// The page's data, decoded: degrees become metres on a plane, y down; every time is seconds from the plan's start.
export const D = JSON.parse(document.getElementById('data').textContent);
export const T = D.words;

export function bytes(text) {
  const raw = atob(text), found = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) found[i] = raw.charCodeAt(i);
  return found;
}

/** Whole numbers, 7 bits to a byte, the lowest first and the sign in the lowest; a byte of 128 or more is not the last. */
export function whole(text) {
  const raw = bytes(text), found = new Int32Array(raw.length);
  let value = 0, shift = 0, n = 0;
  for (let i = 0; i < raw.length; i++) {
    const b = raw[i];
    value |= (b & 127) << shift;
    shift += 7;
    if (b < 128) { found[n++] = (value >>> 1) ^ -(value & 1); value = shift = 0; }
  }
  return found.subarray(0, n);
}

/** Packed differences, each to the number before, as the numbers. */
export function sums(text) {
  const found = whole(text);
  for (let i = 1; i < found.length; i++) found[i] += found[i - 1];
  return found;
}

/** Demand, one row of `D.slices` bytes per street that has any: 255 · √(share of the top). */
export const heat = bytes(D.heat);

const [lat0, lon0] = D.origin;
const KX = 111195 * Math.cos((lat0 * Math.PI) / 180), KY = -111195;
export const X = (lon) => (lon - lon0) * KX;
export const Y = (lat) => (lat - lat0) * KY;

/** Corners of lines on the plane, from packed degrees. */
function corners(lat, lon) {
  const x = new Float64Array(sums(lon)), y = new Float64Array(sums(lat));
  for (let i = 0; i < x.length; i++) { x[i] = X(x[i] / 1e6); y[i] = Y(y[i] / 1e6); }
  return [x, y];
}

/** With its box. */
function boxed(x, y) {
  let x1 = Infinity, x2 = -Infinity, y1 = Infinity, y2 = -Infinity;
  for (let i = 0; i < x.length; i++) {
    if (x[i] < x1) x1 = x[i];
    if (x[i] > x2) x2 = x[i];
    if (y[i] < y1) y1 = y[i];
    if (y[i] > y2) y2 = y[i];
  }
  return { x, y, x1, x2, y1, y2 };
}

/** A line on the plane with its box. */
export const line = (lat, lon) => boxed(...corners(lat, lon));

/** Drawn width of a street by its class, relative. */
const WIDTH = { motorway: 3, trunk: 3, primary: 2.6, secondary: 2.2, tertiary: 1.8, residential: 1.2, unclassified: 1.2 };
/** Streets; `row` is the street's in `heat`, −1 where it has no demand. */
export const streets = (() => {
  const [cls, name, row, size] = ['cls', 'name', 'row', 'corners'].map((key) => whole(D.streets[key]));
  const [x, y] = corners(D.streets.lat, D.streets.lon), widths = D.classes.map((c) => WIDTH[c.replace('_link', '')] || 0.8);
  let first = 0;
  return Array.from(size, (n, i) => {
    const last = (first += n);
    const street = boxed(x.subarray(last - n, last), y.subarray(last - n, last));
    street.name = D.names[name[i]];
    street.row = row[i];
    street.width = widths[cls[i]];
    return street;
  });
})();

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

/** A field of a form. */
export const field = (id) => /** @type {HTMLInputElement} */ (byId(id));
