// Teams to choose from, the stop that is chosen, and their marks in chart and table.
import { D, T, byId, fill, hhmm } from '../../page/assets/data.js';
import { change, listen, state } from '../../page/assets/state.js';
import { choose, colour, dash, ours, overview, stops } from './plan.js';

const add = (parent, tag, text, cls) => {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (cls) e.className = cls;
  parent.append(e);
  return e;
};

/** A sample of a line, of a team or in the overview of a station: colour and dashes as on the map. */
function sample(n) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), line = document.createElementNS(svg.namespaceURI, 'line');
  svg.setAttribute('viewBox', '0 0 30 8');
  svg.setAttribute('aria-hidden', 'true');
  for (const [key, value] of Object.entries({ x1: 1, x2: 29, y1: 4, y2: 4, stroke: colour(n), 'stroke-width': 4, 'stroke-dasharray': dash(n).join() })) {
    line.setAttribute(key, value);
  }
  svg.append(line);
  return svg;
}

function showStop() {
  const s = state.stop, box = byId('chosen');
  box.textContent = '';
  if (!s) { add(box, 'p', T.choose_hint, 'small'); return; }
  add(box, 'p', s.title, 'place');
  add(box, 'p', fill(T.stop_of, { team: D.teams[s.team].name, number: s.order, from: hhmm(s.start), to: hhmm(s.end) }));
  if (s.start - s.arrive >= 60) add(box, 'p', fill(T.waits, { time: hhmm(s.arrive) }), 'small');
  add(box, 'p', [s.street, s.zone].filter(Boolean).join(' · '), 'small');
  add(box, 'p', s.why, 'why');
  if (s.worth) add(box, 'p', s.worth, 'small');
}

function showMarks(names) {
  for (const button of byId('teams').children) {
    if (button.dataset.station) { button.hidden = !overview(); continue; }
    const team = button.dataset.team === '' ? null : Number(button.dataset.team);
    button.setAttribute('aria-pressed', String(team === state.team));
    button.hidden = team !== null && (overview() || !ours(team));
  }
  for (const lane of document.querySelectorAll('.lane[data-team]')) {
    const dim = state.team !== null && Number(lane.dataset.team) !== state.team;
    for (const part of [lane, lane.previousElementSibling]) part.classList.toggle('dim', dim);
  }
  for (const e of document.querySelectorAll('[data-stop].on')) e.classList.remove('on');
  if (state.stop) for (const e of document.querySelectorAll(`[data-stop="${state.stop.id}"]`)) e.classList.add('on');
  if (names.includes('station')) showStation();
  if (!names.includes('team')) return;
  for (const row of byId('stops').tBodies[0].rows) {
    row.hidden = state.team !== null && Number(row.dataset.team) !== state.team;
  }
}

/** Of a station its own teams alone: in the chart, among the stops, and on paper. */
function showStation() {
  for (const lane of document.querySelectorAll('.lane[data-team]')) {
    for (const part of [lane, lane.previousElementSibling]) part.classList.toggle('off', !ours(Number(lane.dataset.team)));
  }
  for (const row of byId('stops').tBodies[0].rows) row.classList.toggle('off', !ours(Number(row.dataset.team)));
  const own = D.teams.filter((t, k) => ours(k));
  byId('teams').firstChild.lastChild.textContent = fill(T.n_stops, { n: own.reduce((n, t) => n + t.stops, 0) });
  document.documentElement.classList.toggle('one-station', state.station !== null);
}

/** A control to look at one station, where there are several, and a row for each in the overview. */
function startStations(button) {
  const select = byId('station');
  if (!select) return;
  const look = (station) => change({ station, team: null, stop: null });
  select.addEventListener('change', () => look(select.value === '' ? null : Number(select.value)));
  listen((names) => { if (names.includes('station')) select.value = state.station ?? ''; });
  if (!overview()) return;
  D.stations.forEach((name, n) => {
    const own = D.teams.filter((t) => t.station === n), stopped = own.reduce((sum, t) => sum + t.stops, 0);
    const row = button(n, name, fill(T.n_teams, { n: own.length }), fill(T.n_stops, { n: stopped }));
    delete row.dataset.team;
    row.dataset.station = n;
    row.addEventListener('click', () => { look(n); select.focus(); });
  });
}

export function startPanels() {
  const list = byId('teams');
  const button = (team, text, ...small) => {
    const b = add(list, 'button');
    b.type = 'button';
    b.dataset.team = team === null ? '' : team;
    if (team !== null) b.append(sample(team));
    add(b, 'span', text, 'name');
    for (const words of small.filter(Boolean)) add(b, 'span', words, 'small');
    return b;
  };
  const choice = (team, ...words) => button(team, ...words)
    .addEventListener('click', () => change({ team: state.team === team ? null : team, stop: null }));
  choice(null, T.all_teams, fill(T.n_stops, { n: D.teams.reduce((n, t) => n + t.stops, 0) }));
  startStations(button);
  D.teams.forEach((t, k) => choice(k, t.name, t.hours, `${t.mode} · ${fill(T.n_stops, { n: t.stops })}${t.where && ' · '}${t.where}`));
  for (const place of [byId('gantt'), byId('stops')]) {
    place.addEventListener('click', (e) => {
      const on = e.target.closest('[data-stop]');
      if (on) choose(stops[on.dataset.stop]);
    });
  }
  listen((names) => {
    if (names.includes('now')) byId('cursor').style.left = `${(100 * state.now) / D.clock.duration_s}%`;
    if (names.includes('stop')) showStop();
    if (['stop', 'team', 'station'].some((name) => names.includes(name))) showMarks(names);
  });
  showStop();
  showMarks([]);
}
