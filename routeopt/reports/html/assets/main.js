// The report's page: everything is in the markup already; this makes it move.
import { D } from './data.js';
import { startMap } from './map.js';
import { startPanels } from './panels.js';
import { startPaper } from './paper.js';
import { startPlayer } from './player.js';
import { change } from './state.js';

startPanels();
startMap();
startPlayer();
startPaper();
change({ now: Math.min(7200, Math.floor(D.clock.duration_s / 120) * 60) });
document.documentElement.dataset.ready = '1';
