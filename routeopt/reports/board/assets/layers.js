// The board's map: demand now, ways of the teams, the next stops of the one chosen, tasks, teams where they are.
import { D, X, Y, field, hhmm, streets } from '../../page/assets/data.js';
import { picture, startMap, view } from '../../page/assets/map.js';
import { drawNames, drawPosts } from '../../page/assets/names.js';
import { change, state } from '../../page/assets/state.js';
import { FONT, demand, drawDemand, drawNumber, flat, outline, streetAt } from '../../page/assets/streets.js';
import { colour } from './room.js';

const posts = D.posts.map(([name, lat, lon]) => ({ name, x: X(lon), y: Y(lat), tone: () => null }));
const places = D.places.map(([name, lat, lon]) => ({ name, x: X(lon), y: Y(lat), x1: X(lon), x2: X(lon), y1: Y(lat), y2: Y(lat) }));
const OPEN = ['overdue', 'unplanned', 'doing', 'planned'];
const rows = () => (state.room ? state.room.teams.filter((row) => row.x !== undefined) : []);
const tasks = () => (state.room ? state.room.tasks.filter((row) => row.x !== undefined && OPEN.includes(row.status)) : []);
export const index = (name) => D.teams.findIndex((team) => team.name === name);

function drawWays(g, ratio) {
  if (!state.plan) return;
  view.enter(g, ratio);
  g.lineCap = g.lineJoin = 'round';
  for (const t of state.plan.tracks) {
    const mine = state.team === t.team, path = new Path2D();
    if (!t.x.length || (state.team !== null && !mine)) continue;
    const from = t.t.findIndex((s) => s >= state.now);
    if (from < 0) continue;
    const first = Math.max(0, from - 1);
    outline(path, { x: t.x.subarray(first), y: t.y.subarray(first) });
    g.strokeStyle = colour(t.team);
    g.globalAlpha = mine ? 0.9 : 0.35;
    g.lineWidth = (mine ? 3 : 1.6) / view.scale;
    g.stroke(path);
  }
  g.globalAlpha = 1;
}

/** Closed streets, dashed; where no segment is told they have no line. */
function drawClosed(g, ratio, palette) {
  const closed = state.room ? state.room.streets : [];
  if (!closed.length) return;
  const path = new Path2D();
  for (const one of closed) for (const n of one.segments) outline(path, streets[n]);
  view.enter(g, ratio);
  g.lineCap = 'butt';
  for (const [tone, width, dash] of [[palette.card, 6.5, []], ['#d7301f', 4.5, [7, 4]]]) {
    g.strokeStyle = tone;
    g.lineWidth = width / view.scale;
    g.setLineDash(dash.map((length) => length / view.scale));
    g.stroke(path);
  }
  g.setLineDash([]);
}

function drawNext(g, ratio, palette) {
  flat(g, ratio);
  for (const row of rows()) {
    const team = index(row.team);
    if (state.team !== team) continue;
    [...row.next].map((stop, n) => [stop, n]).reverse().forEach(([stop, n]) => {
      drawNumber(g, view.px(stop.x), view.py(stop.y), n + 1, n < 3 ? 9 : 7, { fill: palette.card, ink: palette.ink, edge: colour(team), width: 2 });
    });
  }
}

function drawTasks(g, ratio, palette) {
  flat(g, ratio);
  for (const task of tasks()) {
    const x = view.px(task.x), y = view.py(task.y), late = task.status === 'overdue';
    g.beginPath();
    for (const [dx, dy] of [[0, -9], [9, 0], [0, 9], [-9, 0]]) g.lineTo(x + dx, y + dy);
    g.closePath();
    g.fillStyle = late ? '#d7301f' : palette.card;
    g.strokeStyle = late ? palette.card : '#d7301f';
    g.lineWidth = 2.4;
    g.fill();
    g.stroke();
  }
}

/** Teams with their names; stale positions are grey, those by plan hollow. */
function drawTeams(g, ratio, palette) {
  flat(g, ratio);
  g.font = `600 12px ${FONT}`;
  g.textAlign = 'left';
  g.textBaseline = 'middle';
  const many = rows().length > 24, boxes = [];
  for (const row of [...rows()].sort((a, b) => a.y - b.y)) {
    const team = index(row.team), x = view.px(row.x), y = view.py(row.y), told = row.told_s !== null;
    if (row.status === 'off duty' || x < -20 || y < -20 || x > view.width + 20 || y > view.height + 20) continue;
    const tone = told && row.stale ? '#8a8f98' : colour(team), radius = state.team === team ? 8 : 6;
    g.globalAlpha = state.team === null || state.team === team ? 1 : 0.4;
    if (!many || state.team === team) {
      const width = g.measureText(row.team).width + 8;
      let by = y - 10, bx = x + 11;
      if (bx + width > view.width - 4) bx = x - 11 - width;
      for (let n = 0; n < 24 && boxes.some((b) => Math.abs(b.y - by) < 17 && bx < b.x + b.width && b.x < bx + width); n++) by += 17;
      boxes.push({ x: bx, y: by, width });
      g.beginPath();
      g.roundRect(bx, by - 8.5, width, 17, 4);
      g.fillStyle = palette.card;
      g.strokeStyle = tone;
      g.lineWidth = 1.2;
      g.fill();
      g.stroke();
      g.fillStyle = palette.ink;
      g.fillText(row.team, bx + 4, by + 0.5);
    }
    g.beginPath();
    g.arc(x, y, radius, 0, 7);
    g.fillStyle = told ? tone : palette.card;
    g.strokeStyle = told ? palette.card : tone;
    g.lineWidth = 2.5;
    g.fill();
    g.stroke();
  }
  g.globalAlpha = 1;
}

let plan = null, version = 0; // of the plan whose ways were drawn
const WAYS_S = 10; // how often ways that were gone are wiped away

function paint(g, ratio, palette) {
  if (plan !== state.plan) { plan = state.plan; version += 1; }
  const ways = [version, state.team, Math.floor(state.now / WAYS_S)].join();
  const quarter = Math.max(0, Math.floor(state.now / D.slice_s));
  picture('demand', `${palette.dark}${quarter}`, (c, r) => drawDemand(c, view, r, palette, demand(quarter * D.slice_s)));
  picture('names', String(palette.dark), (c, r) => drawNames(c, view, r, palette));
  picture('ways', ways, drawWays);
  drawClosed(g, ratio, palette);
  drawPosts(g, view, ratio, palette, posts);
  drawNext(g, ratio, palette);
  drawTasks(g, ratio, palette);
  drawTeams(g, ratio, palette);
}

const near = (list, x, y, most) => {
  let best = null, least = most ** 2;
  for (const one of list) {
    const d = (view.px(one.x) - x) ** 2 + (view.py(one.y) - y) ** 2;
    if (d < least) { least = d; best = one; }
  }
  return best;
};

function tell(x, y) {
  const team = near(rows(), x, y, 12), task = near(tasks(), x, y, 12);
  if (team) return [team.team, ...team.next.slice(0, 2).map((s) => `${hhmm(s.start_s)} ${s.place}`)].join('\n');
  if (task) return `${task.task}\n${task.place}`;
  return near(places, x, y, 8)?.name || streetAt(view, x, y)?.name;
}

/** A press on a team chooses it; elsewhere the nearest place goes into the form. */
function press(x, y) {
  const row = near(rows(), x, y, 14), place = row ? null : near(places, x, y, 30);
  if (row) return change({ team: state.team === index(row.team) ? null : index(row.team) });
  if (place) { field('place').value = place.name; field('place').focus(); }
  return undefined;
}

export const startBoard = () => startMap({
  subject: () => (places.length ? places : streets), paint, tell, press,
  keys: { Escape: () => change({ team: null }) },
});
