/** All commands, in the order in which help shows them. */
import type { Command } from '../command.js';
import { ATTACH } from './attach.js';
import { DOCTOR } from './doctor.js';
import { LOGS } from './logs.js';
import { PS } from './ps.js';
import { REOPEN } from './reopen.js';
import { RESIZE } from './resize.js';
import { RUN } from './run.js';
import { SETUP } from './setup.js';
import { STATS } from './stats.js';

export const COMMANDS: readonly Command[] = [SETUP, DOCTOR, PS, STATS, LOGS, ATTACH, REOPEN, RESIZE, RUN];
