// The lists beside the map, of the same document: teams, the next stops, tasks, what is seen, what was entered.
import { D, T, byId, fill, hhmm } from '../../page/assets/data.js';
import { change, listen, state } from '../../page/assets/state.js';
import { index } from './layers.js';
import { Refused } from './live.js';
import { colour } from './room.js';

/**
 * An element with its text, attributes and children.
 * @param {string} tag
 * @param {{text?: any, on?: (event: Event) => unknown, [attribute: string]: any}} values
 * @param {(Node | string)[]} children
 */
export function make(tag, { text, on, ...rest } = {}, ...children) {
  const found = document.createElement(tag);
  if (text !== undefined) found.textContent = text;
  if (on) found.addEventListener('click', on);
  for (const [name, value] of Object.entries(rest)) if (value !== null && value !== false) found.setAttribute(name, value === true ? '' : value);
  found.append(...children);
  return found;
}

/** The rows of a table. */
const body = (id) => /** @type {HTMLTableElement} */ (byId(id)).tBodies[0];

/** Set a text only where it differs, so that what is selected or read aloud stays. */
const put = (cell, text) => { if (cell.textContent !== text) cell.textContent = text; };
const ago = (then) => fill(T.min_ago, { minutes: Math.max(0, Math.floor((state.now - then) / 60)) });

const teamRows = D.teams.map(({ name, mode }, n) => {
  const button = make('button', { type: 'button', text: name, title: mode, on: () => change({ team: state.team === n ? null : n }) });
  const row = make('tr', {}, make('th', { scope: 'row' }, make('i', { style: `background:${colour(n)}` }), button), make('td'), make('td'));
  body('teams').append(row);
  return row;
});

function showTeams() {
  for (const row of state.room.teams) {
    const n = index(row.team), [head, doing, heard] = teamRows[n].children, first = row.next[0];
    head.lastChild.setAttribute('aria-pressed', String(state.team === n));
    const where = row.errand ? fill(T.until, { place: row.errand.place, time: hhmm(row.errand.until_s) }) : first && row.status !== 'off duty' ? fill(T.next, { time: hhmm(first.start_s), place: first.place }) : '';
    put(doing, `${T[row.status]} ${where}`.trim());
    put(heard, row.told_s === null ? T.never : ago(row.told_s));
    teamRows[n].classList.toggle('stale', row.told_s !== null && row.stale);
    teamRows[n].classList.toggle('silent', row.silent);
  }
  const chosen = state.team === null ? null : state.room.teams.find((row) => index(row.team) === state.team);
  byId('next').replaceChildren(...(chosen ? chosen.next : state.room.teams.flatMap((row) => row.next.slice(0, 1).map((s) => ({ ...s, team: row.team }))).sort((a, b) => a.start_s - b.start_s)).slice(0, 12)
    .map((s) => make('li', { text: `${hhmm(s.start_s)}–${hhmm(s.end_s)} ${s.task || s.place}${s.team ? ` · ${s.team}` : ''}` })));
}

function showAlarms() {
  const late = state.room.tasks.filter((row) => row.status === 'overdue');
  const lines = state.room.teams.filter((row) => row.silent).map((row) => (row.heard_s === null ? fill(T.silent_always, { team: row.team }) : fill(T.silent, { team: row.team, time: hhmm(row.heard_s) })));
  if (late.length) lines.unshift(fill(T.tasks_overdue, { count: late.length, names: late.map((row) => row.task).join(', ') }));
  byId('alarms').hidden = !lines.length;
  put(byId('alarms'), lines.join('\n'));
}

const said = (error) => byId('state').textContent = error instanceof Refused ? fill(T.refused, { text: error.message }) : T.failed;
export const tellError = said;

/** Rows of a table by key, made once and kept while they are there. */
function keyed(id, list, key, build, show) {
  const rows = body(id), there = new Map([...rows.rows].map((row) => [row.dataset.key, row]));
  list.forEach((one, n) => {
    let row = there.get(String(key(one)));
    if (!row) { row = build(one); row.dataset.key = key(one); }
    there.delete(String(key(one)));
    if (rows.rows[n] !== row) rows.insertBefore(row, rows.rows[n] || null);
    show(row, one);
  });
  for (const row of there.values()) row.remove();
}

function showTasks(act, ask) {
  const open = state.room.tasks.filter((row) => !['done', 'cancelled'].includes(row.status)), over = state.room.tasks.length - open.length;
  byId('notasks').hidden = open.length > 0;
  keyed('tasks', open, (one) => one.task, (one) => make('tr', {}, make('th', { scope: 'row' }), make('td'), make('td'), make('td'), make('td', {},
    make('button', { type: 'button', text: T.who, 'aria-label': `${T.who} ${one.task}`, on: () => ask(one.task, one.place) }), ' ',
    make('button', { type: 'button', text: T.mark_done, 'aria-label': `${T.mark_done}: ${one.task}`, on: () => act('task_done', { task: one.task }) }), ' ',
    make('button', { type: 'button', text: T.cancel_task, 'aria-label': `${T.cancel_task}: ${one.task}`, on: () => act('task_cancelled', { task: one.task }) }))),
  (row, one) => {
    const [name, status, until, team] = row.children;
    put(name, one.task);
    put(status, T[one.status]);
    put(until, hhmm(one.due_s));
    put(team, one.team ? `${one.team} ${hhmm(one.start_s)}` : '');
    row.className = one.status === 'overdue' ? 'late' : '';
    row.lastChild.firstChild.hidden = !['overdue', 'unplanned'].includes(one.status);
  });
  byId('tasks').dataset.over = String(over);
}

function showClosed(act) {
  keyed('closed', state.room.streets, (one) => one.id, (one) => make('tr', {}, make('th', { scope: 'row', text: one.names.join(', ') || T.area }), make('td'), make('td', {},
    make('button', { type: 'button', text: T.open_again, 'aria-label': `${T.open_again}: ${one.names.join(', ')}`, on: () => act('street_opened', { of: one.id }) }))),
  (row, one) => put(row.children[1], one.until_s === null ? fill(T.since, { time: hhmm(one.since_s) }) : `${hhmm(one.since_s)}–${hhmm(one.until_s)}`));
  byId('closed').hidden = !state.room.streets.length;
}

const KEYS = ['team', 'task', 'place', 'names', 'text', 'reason', 'of'];
function what(event) {
  const task = event.task && typeof event.task === 'object' ? event.task : null;
  const values = task ? [task.name, task.place] : KEYS.map((key) => event[key]).filter((v) => v !== undefined && v !== '');
  return values.map((v) => (v && typeof v === 'object' ? (Array.isArray(v) ? v.join(', ') : `${v.lat?.toFixed(5)}, ${v.lon?.toFixed(5)}`) : v)).join(' · ');
}

function showLog(act) {
  const struck = new Set(state.log.filter(({ event }) => event.kind === 'struck').map(({ event }) => event.of));
  const shown = state.log.filter(({ event }) => event.kind !== 'position').slice(-200).reverse();
  keyed('log', shown, (one) => one.number, ({ number, event }) => make('tr', {},
    make('td', { text: number }), make('td', { text: event.happened_at.slice(11, 16) }), make('td', { text: T[`kind_${event.kind}`] || event.kind }),
    make('td', { text: what(event) }), make('td', {}, ...(event.kind === 'struck' ? [] : [make('button', { type: 'button', text: T.strike, 'aria-label': `${T.strike}: ${number}`, on: () => act('struck', { of: event.id }) })]))),
  (row, { event }) => {
    row.classList.toggle('struck', struck.has(event.id));
    if (struck.has(event.id)) row.lastChild.replaceChildren(T.struck);
  });
}

const SVG = 'http://www.w3.org/2000/svg';
function showSeries() {
  const { series } = state.plan, top = 150, width = 560, left = 34;
  const svg = byId('series'), n = series.planned.length;
  const at = (list) => list.map((v, i) => `${(left + (width * (i + 0.5)) / n).toFixed(1)},${(top - 140 * v).toFixed(1)}`).join(' ');
  const add = (tag, values, text) => { const e = document.createElementNS(SVG, tag); for (const [k, v] of Object.entries(values)) e.setAttribute(k, v); if (text) e.textContent = text; svg.append(e); };
  svg.replaceChildren();
  for (const share of [0, 0.5, 1]) {
    add('line', { x1: left, x2: left + width, y1: top - 140 * share, y2: top - 140 * share, class: 'grid' });
    add('text', { x: left - 4, y: top - 140 * share + 4, 'text-anchor': 'end' }, `${100 * share}`);
  }
  add('polyline', { points: at(series.planned), class: 'planned' });
  add('polyline', { points: at(series.live), class: 'live' });
  const x = left + width * Math.max(0, Math.min(1, state.now / D.clock.duration_s));
  add('line', { x1: x, x2: x, y1: 8, y2: top, class: 'now' });
}

function showLink() {
  document.body.classList.toggle('cut', state.open === false);
  const pad = (v) => String(v).padStart(2, '0'), cut = state.cut ? new Date(state.cut) : null;
  if (state.locked) put(byId('state'), T.locked);
  else if (state.open === false) put(byId('state'), fill(T.disconnected, { time: cut ? `${pad(cut.getHours())}:${pad(cut.getMinutes())}` : '–' }));
  else if (state.open) put(byId('state'), T.connected);
}

/** Show the lists whenever what they show changes; `act(kind, fields)` enters an event, `ask(task, place)` asks who can go. */
export function startLists(act, ask) {
  listen((names) => {
    const has = (...some) => some.some((name) => names.includes(name));
    if (has('open', 'cut', 'locked')) showLink();
    if (has('now')) put(byId('clock'), hhmm(Math.max(0, state.now)));
    if (state.room && has('room', 'team')) { showTeams(); showTasks(act, ask); showClosed(act); showAlarms(); }
    if (has('log')) showLog(act);
    if (state.plan && has('plan', 'room')) showSeries();
  });
}
