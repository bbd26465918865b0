// An incident: who can go, one key to send, and what the others could do then. Nothing is sent by itself.
import { D, T, byId, field, fill, hhmm } from '../../page/assets/data.js';
import { state } from '../../page/assets/state.js';
import { call } from './live.js';
import { make, tellError } from './lists.js';
import { refresh } from './room.js';

const answer = byId('answer');
let keys = {}; // key → what it does now

const id = () => `board-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;

/** Enter an event now, in the station's own time. */
export async function enter(kind, fields) {
  const at = stamp();
  try {
    const found = await call('events', { id: id(), kind, happened_at: at, entered_at: at, source: 'board', ...fields });
    refresh(kind === 'plan_published');
    return found;
  } catch (error) { tellError(error); return null; }
}

/** Now by the plan's clock, as ISO 8601 without an offset. */
function stamp() {
  const [y, m, d] = (state.room?.date || '2000-01-01').split('-').map(Number);
  return new Date(Date.UTC(y, m - 1, d, 0, D.clock.start_min, Math.floor(state.now))).toISOString().slice(0, 19);
}

function show(children, next = {}) {
  answer.replaceChildren(...children);
  answer.hidden = !children.length;
  keys = next;
  answer.querySelector('button')?.focus();
}

const close = () => show([]);

/** HH:MM of a time that may have seconds: they count as a minute more where it is a latest one. */
function minute(text, late = false) {
  const [h, m, s = 0] = text.split('+')[0].split(':').map(Number), at = h * 60 + m + (late && s > 0 ? 1 : 0);
  return `${String(Math.floor(at / 60) % 24).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
}

function proposal(found, row, n, task) {
  const points = (100 * row.visibility_lost).toFixed(2);
  const parts = [fill(T.arrives, { time: minute(row.arrive), earliest: minute(row.earliest), latest: minute(row.latest, true) }), fill(T.costs, { points })];
  if (row.second) parts.push(fill(T.second, { time: minute(row.second) }));
  if (row.interrupts) parts.push(fill(T.interrupts, { place: row.interrupts }));
  if (row.others_changed) parts.push(fill(T.others, { count: row.others_changed }));
  const send = () => sent(found, row, task);
  if (n < 9) keys[String(n + 1)] = send;
  return make('li', {}, make('button', { type: 'button', class: 'send', on: send }, make('kbd', { text: n + 1 }), ' ', make('strong', { text: row.team }), ` ${parts.join(' · ')}`));
}

/** Show who can go to a place for a task. */
export async function who(task, place, minutes = Number(field('minutes').value)) {
  try {
    const found = await call(`recommendations?${new URLSearchParams({ place, minutes: String(minutes) })}`);
    keys = { Escape: close };
    const rows = found.proposals.map((row, n) => proposal(found, row, n, task)), own = keys;
    show([
      make('h2', { text: task.includes(found.place) ? task : `${task} · ${found.place}` }),
      ...(rows.length ? [make('ol', {}, ...rows), make('p', { class: 'small', text: found.rule })] : [make('p', { text: T.nobody })]),
      make('ul', { class: 'small' }, ...found.unable.map((row) => make('li', { text: fill(T.unable, row) }))),
    ], own);
  } catch (error) { tellError(error); }
}

/** The name for a task, numbered where there is one of this name: a place may call twice in a minute. */
function unused(name) {
  const known = new Set((state.room ? state.room.tasks : []).map((row) => row.task));
  let own = name;
  for (let n = 2; known.has(own); n++) own = `${name} (${n})`;
  return own;
}

/** Enter an incident as a task, and ask who can go. */
async function ask(e) {
  e.preventDefault();
  const place = field('place').value.trim(), minutes = Number(field('minutes').value), what = field('what').value.trim();
  const task = unused(`${hhmm(state.now)} ${what || place}`), windows = [[hhmm(state.now), hhmm(D.clock.duration_s)]];
  if (await enter('task_added', { task: { name: task, place, service_min: minutes, windows, reward: 0.01 } })) await who(task, place, minutes);
}

/** Re-plan, and show what the others could do; it is put in force by a key. `said` is what has happened. */
async function offer(said, changed) {
  show([make('p', { text: said })], { Escape: close });
  try {
    const next = await call('replan', {});
    const others = next.changes.filter(changed);
    const lines = others.map((c) => make('li', { text: fill(T[c.what], { team: c.team, time: c.visit.start, place: c.visit.site }) }));
    const publish = async () => { if (await enter('plan_published', { plan: next.plan })) show([make('p', { text: T.published })], { Escape: close }); };
    show([
      make('p', { text: said }), make('p', { text: others.length ? fill(T.changes, { count: others.length }) : T.no_changes }), make('ul', {}, ...lines),
      make('button', { type: 'button', on: publish }, make('kbd', { text: 'p' }), ` ${T.publish}`), ' ',
      make('button', { type: 'button', on: close }, make('kbd', { text: 'Esc' }), ` ${T.keep}`),
    ], { p: publish, Escape: close });
  } catch (error) { tellError(error); }
}

async function sent(found, row, task) {
  const first = found.proposals[0].team, clock = (text) => text.split(':').map(Number);
  const [h, m] = clock(row.arrive), [nh, nm] = clock(found.now), way = (h * 60 + m - nh * 60 - nm + 1440) % 1440;
  const done = await enter('sent', { team: row.team, place: found.place, minutes: way + found.busy_min, task, recommended: first });
  if (done) await offer(fill(T.was_sent, { team: row.team, place: found.place }), (c) => c.team !== row.team);
}

/** Close a street, all of it or the part near a place, and offer the plan that goes round it. */
async function closeStreet(e) {
  e.preventDefault();
  const name = field('street').value.trim(), part = field('part').value.trim(), place = D.places.find(([own]) => own === part);
  if (part && !place) {
    field('part').setCustomValidity(T.no_place);
    field('part').reportValidity();
    return;
  }
  const near = place && { lat: place[1], lon: place[2], radius_m: Number(field('radius').value) };
  if (!await enter('street_closed', { names: [name], ...(near ? { near } : {}) })) return;
  /** @type {HTMLFormElement} */ (byId('closing')).reset();
  await offer(fill(T.is_closed, { street: name }), () => true);
}

/** Fill a list of options once one of its fields is used. */
function options(id, fields, values) {
  const fillIt = () => { if (!byId(id).children.length) byId(id).append(...values().map((value) => make('option', { value }))); };
  for (const name of fields) byId(name).addEventListener('focus', fillIt);
}

export function startIncident() {
  options('places', ['place', 'part'], () => D.places.map(([name]) => name));
  options('names', ['street'], () => [...new Set(D.names)].filter(Boolean).sort());
  byId('incident').addEventListener('submit', ask);
  byId('closing').addEventListener('submit', closeStreet);
  byId('part').addEventListener('input', () => field('part').setCustomValidity(''));
  addEventListener('keydown', (e) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === '/' && !typing) { e.preventDefault(); field('place').focus(); field('place').select(); } else if (e.key === 'Escape' || !typing) {
      const act = keys[e.key];
      if (act) { e.preventDefault(); act(); }
    }
  });
}
