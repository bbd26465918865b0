// Colours of the map, for the screen in both schemes and for paper.
const RAMP = [[253, 212, 158], [252, 141, 89], [215, 48, 31], [127, 0, 0]];
const RAMP_DARK = [[96, 52, 20], [179, 88, 20], [240, 138, 50], [255, 226, 150]];

/** Demand u in [0, 1] as a colour: darker is more on white paper, brighter is more on a dark screen. */
export function ramp(u, dark) {
  const stops = dark ? RAMP_DARK : RAMP;
  const x = Math.min(0.9999, u) * 3, i = Math.floor(x), f = x - i;
  return `rgb(${stops[i].map((c, n) => Math.round(c + f * (stops[i + 1][n] - c))).join(',')})`;
}

const LIGHT = { dark: false, land: '#eef0ee', road: '#c6cacf', main: '#a8aeb6', card: '#ffffff', ink: '#1b1d21', name: '#3d434c', water: '#c3dcec', park: '#d9e8d3' };
const DARK = { dark: true, land: '#191c21', road: '#3a4049', main: '#565e6b', card: '#1e2126', ink: '#eceef1', name: '#c3c9d2', water: '#1c3547', park: '#1d2e22' };
const prefers = matchMedia('(prefers-color-scheme: dark)');
export const screenPalette = () => (prefers.matches ? DARK : LIGHT);
export const paperPalette = () => ({ ...LIGHT, land: '#ffffff' });
export const onScheme = (call) => prefers.addEventListener('change', call);
