// The time: slider, clock, play and pause.
import { D, T, byId, field, hhmm } from './data.js';
import { change, listen, state } from './state.js';

const slider = field('slider'), clock = byId('clock');
const button = byId('play'), speed = field('speed');
let last = null; // time of the last frame while playing

function frame(ms) {
  if (last === null) return;
  const next = state.now + ((ms - last) / 1000) * Number(speed.value);
  last = ms;
  change({ now: next >= D.clock.duration_s ? 0 : next });
  requestAnimationFrame(frame);
}

function play() {
  last = last === null ? performance.now() : null;
  const playing = last !== null;
  button.textContent = playing ? '❚❚' : '►';
  button.setAttribute('aria-label', playing ? T.pause : T.play);
  if (playing) requestAnimationFrame(frame);
}

function show() {
  slider.value = String(state.now);
  const text = hhmm(state.now - (state.now % Number(slider.step)));
  slider.setAttribute('aria-valuetext', text);
  clock.textContent = text;
}

export function startPlayer() {
  slider.max = D.clock.duration_s;
  slider.addEventListener('input', () => change({ now: Number(slider.value) }));
  button.addEventListener('click', play);
  addEventListener('keydown', (e) => {
    if (e.key === ' ' && !/^(INPUT|BUTTON|SELECT)$/.test(document.activeElement.tagName)) { e.preventDefault(); play(); }
  });
  listen((names) => { if (names.includes('now')) show(); });
  show();
}
