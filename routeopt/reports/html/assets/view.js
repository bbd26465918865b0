// Metres on the plane ↔ pixels of a canvas: pan, zoom, fit.
export class View {
  constructor() { Object.assign(this, { scale: 1, cx: 0, cy: 0, width: 0, height: 0 }); }

  px(x) { return (x - this.cx) * this.scale + this.width / 2; }

  py(y) { return (y - this.cy) * this.scale + this.height / 2; }

  get key() { return [this.scale, this.cx, this.cy, this.width, this.height].join(); }

  /** Show all lines ({x, y} each) with a margin; `below` pixels at the bottom stay free. */
  fit(lines, below = 0) {
    let [x1, x2, y1, y2] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const { x, y } of lines) {
      for (let i = 0; i < x.length; i++) {
        if (x[i] < x1) x1 = x[i];
        if (x[i] > x2) x2 = x[i];
        if (y[i] < y1) y1 = y[i];
        if (y[i] > y2) y2 = y[i];
      }
    }
    if (x1 > x2) return;
    const room = this.height - below;
    this.scale = 0.9 * Math.min(this.width / Math.max(x2 - x1, 50), room / Math.max(y2 - y1, 50));
    this.cx = (x1 + x2) / 2;
    this.cy = (y1 + y2) / 2 + below / 2 / this.scale;
  }

  /** Zoom by a factor, the pixel (x, y) staying where it is. */
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const wx = (x - this.width / 2) / this.scale + this.cx, wy = (y - this.height / 2) / this.scale + this.cy;
    this.scale = Math.min(20, Math.max(0.002, this.scale * factor));
    this.cx = wx - (x - this.width / 2) / this.scale;
    this.cy = wy - (y - this.height / 2) / this.scale;
  }

  pan(dx, dy) { this.cx -= dx / this.scale; this.cy -= dy / this.scale; }

  /** Let a 2d context draw in metres. */
  enter(g, ratio) {
    const k = this.scale * ratio;
    g.setTransform(k, 0, 0, k, ratio * (this.width / 2 - this.cx * this.scale), ratio * (this.height / 2 - this.cy * this.scale));
  }
}
