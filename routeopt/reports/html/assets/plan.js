// The plan: teams and their colours, where they are when, their stops, and what is seen.
import { D, X, Y, bytes, line, streets, sums } from '../../page/assets/data.js';
import { change, state } from '../../page/assets/state.js';

/** S as the evaluation has it, one row of `D.glows` bytes per demand point: 255 is seen in full. */
export const glow = bytes(D.glow);
export const tracks = D.tracks.map(([team, lat, lon, t]) => ({ ...line(lat, lon), team, t: sums(t) }));
export const stops = D.stops.map(([team, order, title, zone, street, lat, lon, arrive, start, end, why, kind], id) =>
  ({ id, team, order, title, kind, zone, street, x: X(lon), y: Y(lat), arrive, start, end, why }));

/** Streets that are closed or slow for a time: their lines, and what is said of them. */
export const changes = D.changes.map(([begin, end, closed, lines, said]) => ({ begin, end, closed, lines: lines.map((n) => streets[n]), said }));

/** Areas that teams keep to: their teams and streets. */
export const areas = D.areas.map(([name, teams, lines]) => ({ name, teams, lines: lines.map((n) => streets[n]) }));

/** Those that hold at a time, all for null. */
export const holding = (now) => changes.filter((c) => now === null || (c.begin <= now && now < c.end));

/** Stations. */
export const posts = D.posts.map(([name, lat, lon]) => ({ name, x: X(lon), y: Y(lat) }));

/** A team's colour: Okabe and Ito's and two more; where they come round again, the dashes differ. */
export const colour = (team) => D.colours[team % D.colours.length];
const DASHES = [[], [9, 5], [2, 5], [10, 4, 2, 4]];
export const dash = (team) => DASHES[Math.floor(team / D.colours.length) % DASHES.length];

/** Black or white, whichever reads better on a team's colour. */
export const onColour = (team) => D.on_colours[team % D.on_colours.length];
export const SEEN = { light: '0,150,175', dark: '80,215,255' };

/** Where a track is at a time, null before and after its duty. */
export function position({ x, y, t }, when) {
  if (!t.length || when < t[0] || when > t[t.length - 1]) return null;
  let a = 0, b = t.length - 1;
  while (b - a > 1) { const m = (a + b) >> 1; if (t[m] <= when) a = m; else b = m; }
  const f = t[b] > t[a] ? (when - t[a]) / (t[b] - t[a]) : 0;
  return [x[a] + f * (x[b] - x[a]), y[a] + f * (y[b] - y[a])];
}

Object.assign(state, {
  team: null, // index of the team chosen, null for all
  stop: null, // the stop chosen
  layer: 'both', // both, demand, seen, missed
});

/** Choose a stop (and its team, where another is chosen) and go to its time. */
export function choose(stop) {
  if (!stop) return change({ stop: null });
  const team = state.team !== null && state.team !== stop.team ? stop.team : state.team;
  return change({ stop, team, now: Math.max(stop.arrive, Math.min(stop.end - 1, state.now)) });
}
