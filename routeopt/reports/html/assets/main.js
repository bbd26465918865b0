// The report's page: everything is in the markup already; this makes it move.
import { D } from '../../page/assets/data.js';
import { drawPosts } from '../../page/assets/names.js';
import { startPaper } from '../../page/assets/paper.js';
import { startPlayer } from '../../page/assets/player.js';
import { change } from '../../page/assets/state.js';
import { startBoard, subject } from './board.js';
import { drawAreas, drawChanges, drawRoutes, drawStops } from './layers.js';
import { startPanels } from './panels.js';
import { posts } from './plan.js';

startPanels();
startBoard();
startPlayer();
startPaper(subject, (g, view, ratio, palette) => {
  drawAreas(g, view, ratio, null);
  drawChanges(g, view, ratio, palette, null);
  drawRoutes(g, view, ratio, null);
  drawPosts(g, view, ratio, palette, posts);
  drawStops(g, view, ratio, palette, { team: null, stop: null, now: null });
});
change({ now: Math.min(7200, Math.floor(D.clock.duration_s / 120) * 60) });
document.documentElement.dataset.ready = '1';
