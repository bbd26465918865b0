// The connection to the service: one stream for all tabs of a browser, requests, and when it was cut.
import { change, state } from '../../page/assets/state.js';

const WAIT = [500, 8000], SILENCE = 20000;
Object.assign(state, { open: null, cut: null, locked: false });

/** What the service refuses, with its words. */
export class Refused extends Error {}

/** Ask the service; with a body, tell it. */
export async function call(path, body) {
  /** @type {RequestInit} */
  const options = { cache: 'no-store' };
  if (body !== undefined) Object.assign(options, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
  const answer = await fetch(path, options);
  if (answer.status === 401 || answer.status === 403) change({ locked: true });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused((found.faults || []).map((f) => f.text || f.code).join(' ') || found.title || found.detail || String(answer.status));
  return found;
}

const calls = [];
/** Call with every event that was entered, and with null when the connection is there again. */
export const onEvent = (tell) => calls.push(tell);
const channel = 'BroadcastChannel' in self ? new BroadcastChannel('routeopt-board') : null;
let heard = 0, last = 0;

/** @param {{open: boolean, event?: any}} news */
function take({ open, event }) {
  heard = Date.now();
  if (open !== state.open) change({ open, cut: open ? null : Date.now() });
  if (event !== undefined) for (const tell of calls) tell(event);
}

function pass(news) {
  channel?.postMessage(news);
  take(news);
}
if (channel) channel.onmessage = ({ data }) => take(data);

/** The events of a stream, as they come. */
async function* parts(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const pieces = (rest + value).split(/\r?\n\r?\n/);
    rest = pieces.pop();
    for (const piece of pieces) {
      const lines = piece.split(/\r?\n/), field = (name) => lines.filter((l) => l.startsWith(`${name}:`)).map((l) => l.slice(name.length + 1).trim()).join('\n');
      if (field('id')) last = Number(field('id'));
      yield field('data') ? JSON.parse(field('data')) : undefined;
    }
  }
}

async function follow() {
  let wait = WAIT[0];
  for (;;) {
    const stop = new AbortController(), watch = setInterval(() => { if (Date.now() - heard > SILENCE) stop.abort(); }, 1000);
    try {
      const headers = last ? { 'Last-Event-ID': String(last) } : {};
      const answer = await fetch('stream', { headers, cache: 'no-store', signal: stop.signal });
      if (!answer.ok) throw new Refused(String(answer.status));
      heard = Date.now();
      pass({ open: true, event: null });
      wait = WAIT[0];
      for await (const event of parts(answer.body)) pass({ open: true, event });
    } catch { /* it is said below, and tried again */ }
    clearInterval(watch);
    pass({ open: false });
    await new Promise((done) => setTimeout(done, wait));
    wait = Math.min(2 * wait, WAIT[1]);
  }
}

/** Follow the stream; of several tabs the first one does, and the next when that is closed. */
export function startLive() {
  if (navigator.locks && channel) navigator.locks.request('routeopt-stream', follow); else follow();
  setInterval(() => { if (state.open && Date.now() - heard > 2 * SILENCE) take({ open: false }); }, 1000);
}
