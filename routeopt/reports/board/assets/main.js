// The board: lists and map of one document, kept up to date by the service.
import { enter, startIncident, who } from './incident.js';
import { startBoard } from './layers.js';
import { startLists } from './lists.js';
import { startLive } from './live.js';
import { startRoom } from './room.js';

startLists(enter, who);
startBoard();
startIncident();
startRoom();
startLive();
document.documentElement.dataset.ready = '1';
