// The report's map: what lies on it, and choosing a stop there.
import { D, byId, hhmm, streets } from '../../page/assets/data.js';
import { picture, startMap, view } from '../../page/assets/map.js';
import { drawNames, drawPosts } from '../../page/assets/names.js';
import { change, listen, state } from '../../page/assets/state.js';
import { demand, drawDemand, streetAt } from '../../page/assets/streets.js';
import { drawAreas, drawCameras, drawChanges, drawRoutes, drawSeen, drawStops, drawTeams, drawTrails, drawZones, missed } from './layers.js';
import { areas, changes, choose, holding, ours, posts, stops, tracks, zones, zonesAt } from './plan.js';

const near = tracks.filter((t) => t.x.length > 2 && !D.outside.includes(t.team));

/** What the first look is at: the routes but those far away, one that is chosen, a station's, or the streets where there are none. */
export const subject = () => {
  const own = state.station === null ? [] : tracks.filter((t) => t.x.length > 2 && ours(t.team));
  if (own.length && state.team === null) return own;
  const chosen = near.length ? tracks.filter((t) => t.team === state.team && D.outside.includes(t.team)) : [];
  return chosen.length ? chosen : near.length ? near : streets;
};

function paint(g, ratio, palette) {
  const { now, layer, team } = state, scheme = palette.dark ? 'd' : 'l';
  const quarter = Math.floor(now / D.slice_s), beat = Math.floor(now / D.glow_s);
  if (layer === 'both' || layer === 'seen') picture('seen', scheme + beat, (c, r) => drawSeen(c, view, r, palette, now));
  if (layer === 'both' || layer === 'demand') picture('demand', scheme + quarter, (c, r) => drawDemand(c, view, r, palette, demand(now)));
  if (layer === 'missed') picture('missed', `${scheme}${quarter}|${beat}`, (c, r) => drawDemand(c, view, r, palette, missed(now)));
  if (areas.length) picture('areas', `${state.station}|${team}`, (c, r) => drawAreas(c, view, r, team));
  if (zones.length) picture('zones', scheme, (c, r) => drawZones(c, view, r, palette));
  picture('changes', scheme + holding(now).map((c) => changes.indexOf(c)).join(), (c, r) => drawChanges(c, view, r, palette, now));
  picture('routes', `${scheme}${state.station}|${team}`, (c, r) => drawRoutes(c, view, r, team));
  picture('names', String(palette.dark), (c, r) => drawNames(c, view, r, palette));
  drawPosts(g, view, ratio, palette, posts);
  drawCameras(g, view, ratio, palette, now);
  drawTrails(g, view, ratio, team, now);
  drawStops(g, view, ratio, palette, state);
  drawTeams(g, view, ratio, palette, state);
}

function hit(x, y) {
  let best = null, least = 16 ** 2;
  for (const s of stops) {
    if (!ours(s.team) || (state.team !== null && state.team !== s.team)) continue;
    const busy = s.arrive <= state.now && state.now < s.end ? 0.5 : 1; // whoever is there now comes first
    const d = ((view.px(s.x) - x) ** 2 + (view.py(s.y) - y) ** 2) * busy;
    if (d < least) { least = d; best = s; }
  }
  return best;
}

function tell(x, y) {
  const stop = hit(x, y);
  if (!stop) {
    const street = streetAt(view, x, y), around = zonesAt(view.wx(x), view.wy(y)).map((z) => z.name);
    return street && [street.name, ...around, ...changes.filter((c) => c.lines.includes(street)).map((c) => c.said), ...areas.filter((a) => a.lines.includes(street)).map((a) => a.name)].join('\n');
  }
  return `${D.teams[stop.team].name} · ${stop.order} · ${hhmm(stop.start)}–${hhmm(stop.end)}\n${stop.title}`;
}

/** The next or previous stop in time, of the team chosen or of all. */
function step(way) {
  const list = stops.filter((s) => (state.team === null ? ours(s.team) : s.team === state.team)).sort((a, b) => a.arrive - b.arrive || a.team - b.team);
  if (!list.length) return;
  const at = list.indexOf(state.stop);
  choose(list[at < 0 ? list.findIndex((s) => s.end > state.now) : (at + way + list.length) % list.length] || list[0]);
}

export function startBoard() {
  for (const box of byId('layers').querySelectorAll('input')) {
    box.addEventListener('change', () => change({ layer: box.value }));
  }
  listen((names) => { if (names.includes('station') && view.width) view.fit(subject()); });
  startMap({
    subject, paint, tell,
    press: (x, y) => choose(hit(x, y)),
    keys: { n: () => step(1), p: () => step(-1), Escape: () => change({ stop: null, team: null }) },
  });
}
