// What is shown, in one place: whoever changes it says so, whoever shows it listens.
export const state = {
  now: 0,
  team: null, // index of the team chosen, null for all
  stop: null, // the stop chosen
  layer: 'both', // both, demand, seen, missed
};
const listeners = [];

/** Call with the names of what changed, after every change. */
export const listen = (call) => listeners.push(call);

export function change(values) {
  const names = Object.keys(values).filter((key) => state[key] !== values[key]);
  if (!names.length) return;
  Object.assign(state, values);
  for (const call of listeners) call(names);
}

/** Choose a stop (and its team, where another is chosen) and go to its time. */
export function choose(stop) {
  if (!stop) return change({ stop: null });
  const team = state.team !== null && state.team !== stop.team ? stop.team : state.team;
  return change({ stop, team, now: Math.max(stop.arrive, Math.min(stop.end - 1, state.now)) });
}
