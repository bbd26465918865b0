// What is shown, in one place: whoever changes it says so, whoever shows it listens.
export const state = { now: 0 };
const listeners = [];

/** Call with the names of what changed, after every change. */
export const listen = (call) => listeners.push(call);

export function change(values) {
  const names = Object.keys(values).filter((key) => state[key] !== values[key]);
  if (!names.length) return;
  Object.assign(state, values);
  for (const call of listeners) call(names);
}
