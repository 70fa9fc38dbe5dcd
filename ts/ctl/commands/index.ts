/** All commands, in the order in which help shows them. */
import type { Command } from '../command.js';
import { ADOPT } from './adopt.js';
import { ATTACH } from './attach.js';
import { completion } from './completion.js';
import { DOCTOR } from './doctor.js';
import { EXEC } from './exec.js';
import { KILL } from './kill.js';
import { LOGS } from './logs.js';
import { PS } from './ps.js';
import { REOPEN } from './reopen.js';
import { RESCUE } from './rescue.js';
import { RESIZE } from './resize.js';
import { RM } from './rm.js';
import { RUN } from './run.js';
import { SETUP } from './setup.js';
import { STATS } from './stats.js';
import { UPGRADE } from './upgrade.js';

export const COMMANDS: readonly Command[] = [
  SETUP,
  DOCTOR,
  PS,
  STATS,
  LOGS,
  ATTACH,
  REOPEN,
  RESIZE,
  UPGRADE,
  ADOPT,
  RESCUE,
  RUN,
  EXEC,
  KILL,
  RM,
  completion(() => COMMANDS),
];
