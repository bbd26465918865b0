// Metres on the plane ↔ pixels of a canvas: pan, zoom, fit.
export class View {
  scale = 1;

  cx = 0;

  cy = 0;

  width = 0;

  height = 0;

  px(x) { return (x - this.cx) * this.scale + this.width / 2; }

  py(y) { return (y - this.cy) * this.scale + this.height / 2; }

  wx(x) { return (x - this.width / 2) / this.scale + this.cx; }

  wy(y) { return (y - this.height / 2) / this.scale + this.cy; }

  get key() { return [this.scale, this.cx, this.cy, this.width, this.height].join(); }

  /** Show all lines with a margin; or all but the outermost hundredth, where a long road would shrink the town. */
  fit(lines) {
    const sorted = (key) => lines.map((line) => line[key]).sort((a, b) => a - b);
    const [left, right, top, low] = ['x1', 'x2', 'y1', 'y2'].map(sorted), last = lines.length - 1;
    /** @returns {[number, number, number, number]} */
    const box = (trim) => [left[trim], right[last - trim], top[trim], low[last - trim]];
    const span = ([x1, x2, y1, y2]) => Math.max(x2 - x1, y2 - y1);
    const whole = box(0), core = box(Math.round(0.01 * last));
    const [x1, x2, y1, y2] = span(core) < 0.7 * span(whole) ? core : whole;
    if (!(x1 <= x2)) return;
    this.scale = 0.9 * Math.min(this.width / Math.max(x2 - x1, 50), this.height / Math.max(y2 - y1, 50));
    this.cx = (x1 + x2) / 2;
    this.cy = (y1 + y2) / 2;
  }

  /** Whether any of a box of the plane is in sight. */
  sees({ x1, x2, y1, y2 }) {
    return this.px(x2) > -20 && this.px(x1) < this.width + 20 && this.py(y2) > -20 && this.py(y1) < this.height + 20;
  }

  /** Zoom by a factor, the pixel (x, y) staying where it is. */
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const wx = this.wx(x), wy = this.wy(y);
    this.scale = Math.min(20, Math.max(0.002, this.scale * factor));
    this.cx = wx - (x - this.width / 2) / this.scale;
    this.cy = wy - (y - this.height / 2) / this.scale;
  }

  /** Go to a point, at this scale at least. */
  show({ x, y }, scale) { Object.assign(this, { cx: x, cy: y, scale: Math.max(this.scale, scale) }); }

  pan(dx, dy) { this.cx -= dx / this.scale; this.cy -= dy / this.scale; }

  /** Let a 2d context draw in metres. */
  enter(g, ratio) {
    const k = this.scale * ratio;
    g.setTransform(k, 0, 0, k, ratio * (this.width / 2 - this.cx * this.scale), ratio * (this.height / 2 - this.cy * this.scale));
  }
}
