// The plan: teams and their colours, where they are when, their stops, and what is seen.
import { D, X, Y, bytes, line, streets, sums } from '../../page/assets/data.js';
import { change, state } from '../../page/assets/state.js';

/** S as the evaluation has it, one row of `D.glows` bytes per demand point: 255 is seen in full. */
export const glow = bytes(D.glow);
export const tracks = D.tracks.map(([team, lat, lon, t]) => ({ ...line(lat, lon), team, t: sums(t) }));
export const stops = D.stops.map(([team, order, title, zone, street, lat, lon, arrive, start, end, why, kind, worth], id) =>
  ({ id, team, order, title, kind, zone, street, x: X(lon), y: Y(lat), arrive, start, end, why, worth }));

/** Streets that are closed or slow for a time: their lines, and what is said of them. */
export const changes = D.changes.map(([begin, end, closed, lines, said]) => ({ begin, end, closed, lines: lines.map((n) => streets[n]), said }));

/** Areas that teams keep to: their teams and streets. */
export const areas = D.areas.map(([name, teams, lines]) => ({ name, teams, lines: lines.map((n) => streets[n]) }));

/** Zones: their borders, holes among them. */
export const zones = D.zones.map(([name, layer, rings]) => ({ name, layer, rings: rings.map(([lat, lon]) => line(lat, lon)) }));

/** The zones in which a place on the plane lies. */
export const zonesAt = (x, y) => zones.filter(({ rings }) => {
  let inside = false;
  for (const r of rings) {
    for (let i = 1; i < r.x.length; i++) {
      if (r.y[i] > y !== r.y[i - 1] > y && x < r.x[i] + ((y - r.y[i]) * (r.x[i - 1] - r.x[i])) / (r.y[i - 1] - r.y[i])) inside = !inside;
    }
  }
  return inside;
});

/** Cameras, and when they are watched. */
export const cameras = D.cameras.map(([name, lat, lon, times]) => ({ name, x: X(lon), y: Y(lat), times }));
export const isWatched = ({ times }, now) => times.some((t, i) => i % 2 === 0 && t <= now && now < times[i + 1]);

/** Those that hold at a time, all for null. */
export const holding = (now) => changes.filter((c) => now === null || (c.begin <= now && now < c.end));

/** Stations; in the overview each has the colour of its teams. */
export const posts = D.posts.map(([name, lat, lon]) => {
  const n = D.stations.indexOf(name);
  return { name, x: X(lon), y: Y(lat), tone: () => (n >= 0 && overview() ? colour(n) : null) };
});

/** More teams than these are a crowd: their names and stops are shown where there is room. */
const CROWD = 24;
export const crowd = (n) => n > CROWD;

/** Whether a team is of the station that is looked at. */
export const ours = (team) => state.station === null || D.teams[team].station === state.station;

/** Whether the stations are looked at rather than their teams, which are many. */
export const overview = () => D.stations.length > 1 && crowd(D.teams.length) && state.station === null && state.team === null;

/** What tells teams apart: their number, or in the overview that of their station. */
export const mark = (team) => (overview() ? D.teams[team].station : team);

/** The colour of a mark: Okabe and Ito's and two more; where they come round again, the dashes differ. */
export const colour = (n) => D.colours[n % D.colours.length];
const DASHES = [[], [9, 5], [2, 5], [10, 4, 2, 4]];
export const dash = (n) => DASHES[Math.floor(n / D.colours.length) % DASHES.length];

/** Black or white, whichever reads better on a mark's colour. */
export const onColour = (n) => D.on_colours[n % D.on_colours.length];
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
  station: null, // index of the station whose teams are shown, null for all
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
