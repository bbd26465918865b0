// The time: slider, clock, play and pause, the line in the chart.
import { D, T, hhmm } from './data.js';
import { change, listen, state } from './state.js';

const slider = document.getElementById('slider'), clock = document.getElementById('clock');
const button = document.getElementById('play'), speed = document.getElementById('speed');
const cursor = document.getElementById('cursor');
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
  slider.value = state.now;
  slider.setAttribute('aria-valuetext', hhmm(state.now));
  clock.textContent = hhmm(state.now);
  cursor.style.left = `${(100 * state.now) / D.clock.duration_s}%`;
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
