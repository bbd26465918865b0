// The room as the service tells it: teams, tasks, the plan in force; asked for again after every event.
import { D, X, Y, line, sums } from '../../page/assets/data.js';
import { change, state } from '../../page/assets/state.js';
import { call, onEvent } from './live.js';

Object.assign(state, { room: null, plan: null, team: null, log: [] });
let ahead = null; // seconds from the plan's start, less this browser's clock
const REST = 200; // milliseconds between two rounds of questions
let number = 0, asking = false;
/** @type {boolean | null} */ let wanted = null; // what to ask for next: the plan too, the room alone, nothing

/** Now, seconds from the plan's start. */
export const now = () => (ahead === null ? 0 : ahead + Date.now() / 1000);

export const colour = (n) => D.colours[n % D.colours.length];

const track = ([team, lat, lon, t]) => ({ ...line(lat, lon), team, t: sums(t) });
const onPlane = (row) => (row.lat === null ? row : { ...row, x: X(row.lon), y: Y(row.lat) });

async function plan() {
  const { series, tracks } = await call('plan');
  change({ plan: { series, tracks: (tracks || []).map(track) } });
}

async function room() {
  const found = await call('state');
  ahead = found.now_s - Date.now() / 1000;
  const teams = found.teams.map((row) => ({ ...onPlane(row), next: row.next.map(onPlane) }));
  change({ now: now(), room: { ...found, teams, tasks: found.tasks.map(onPlane) } });
}

async function log() {
  const { events } = await call(`events?after=${number}`);
  if (!events.length) return;
  number = events[events.length - 1].number;
  change({ log: [...state.log, ...events] });
}

/** Ask for the room, and for the plan where that may have changed; of a burst of events at its begin and its end, and seldom between. */
export async function refresh(whole = false) {
  wanted = wanted || whole;
  if (asking) return;
  asking = true;
  try {
    while (wanted !== null) {
      const all = wanted || !state.plan;
      wanted = null;
      await Promise.all([room(), log(), ...(all ? [plan()] : [])]);
      if (wanted !== null) await new Promise((done) => setTimeout(done, REST));
    }
  } catch { /* the connection's state is shown */ } finally { asking = false; }
}

export function startRoom() {
  onEvent((event) => refresh(event === null || ['plan_published', 'task_added', 'struck'].includes(event.kind)));
  setInterval(() => { if (state.open && !document.hidden) refresh(); }, 15000);
  setInterval(() => { if (ahead !== null) change({ now: now() }); }, 1000);
  refresh(true);
}
