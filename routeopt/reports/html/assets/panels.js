// Teams to choose from, the stop that is chosen, and their marks in chart and table.
import { D, T, byId, fill, hhmm } from '../../page/assets/data.js';
import { change, listen, state } from '../../page/assets/state.js';
import { choose, colour, dash, stops } from './plan.js';

const add = (parent, tag, text, cls) => {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (cls) e.className = cls;
  parent.append(e);
  return e;
};

/** A sample of a team's line: colour and dashes as on the map. */
function sample(team) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), line = document.createElementNS(svg.namespaceURI, 'line');
  svg.setAttribute('viewBox', '0 0 30 8');
  svg.setAttribute('aria-hidden', 'true');
  for (const [key, value] of Object.entries({ x1: 1, x2: 29, y1: 4, y2: 4, stroke: colour(team), 'stroke-width': 4, 'stroke-dasharray': dash(team).join() })) {
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
}

function showMarks(names) {
  for (const button of byId('teams').children) {
    button.setAttribute('aria-pressed', String((button.dataset.team === '' ? null : Number(button.dataset.team)) === state.team));
  }
  for (const lane of document.querySelectorAll('.lane[data-team]')) {
    const dim = state.team !== null && Number(lane.dataset.team) !== state.team;
    for (const part of [lane, lane.previousElementSibling]) part.classList.toggle('dim', dim);
  }
  for (const e of document.querySelectorAll('[data-stop].on')) e.classList.remove('on');
  if (state.stop) for (const e of document.querySelectorAll(`[data-stop="${state.stop.id}"]`)) e.classList.add('on');
  if (!names.includes('team')) return;
  for (const row of byId('stops').tBodies[0].rows) {
    row.hidden = state.team !== null && Number(row.dataset.team) !== state.team;
  }
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
    b.addEventListener('click', () => change({ team: state.team === team ? null : team, stop: null }));
  };
  button(null, T.all_teams, fill(T.n_stops, { n: D.teams.reduce((n, t) => n + t.stops, 0) }));
  D.teams.forEach((t, k) => button(k, t.name, t.hours, `${t.mode} · ${fill(T.n_stops, { n: t.stops })}${t.where && ' · '}${t.where}`));
  for (const place of [byId('gantt'), byId('stops')]) {
    place.addEventListener('click', (e) => {
      const on = e.target.closest('[data-stop]');
      if (on) choose(stops[on.dataset.stop]);
    });
  }
  listen((names) => {
    if (names.includes('now')) byId('cursor').style.left = `${(100 * state.now) / D.clock.duration_s}%`;
    if (names.includes('stop')) showStop();
    if (names.includes('stop') || names.includes('team')) showMarks(names);
  });
  showStop();
  showMarks([]);
}
