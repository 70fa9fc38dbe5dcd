/** All commands, in the order in which help shows them. */
import type { Command } from '../command.js';
import { DOCTOR } from './doctor.js';
import { RUN } from './run.js';
import { SETUP } from './setup.js';

export const COMMANDS: readonly Command[] = [SETUP, DOCTOR, RUN];
