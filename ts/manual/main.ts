/**
 * Everything that is made of the option tables, by the path it has in the package.
 */
import { COMMANDS } from '../ctl/commands/index.js';
import { VERSION } from '../ctl/version.js';
import { bashOfConmon, fishOfConmon, zshOfConmon } from './completions.js';
import { conmonPage } from './conmon-page.js';
import { conmonctlPage } from './conmonctl-page.js';
import { roff } from './roff.js';

/** When the texts were last gone over. */
const REVISED = '2026-11-24';

/** Without what conmonctl says itself: its completions. */
export const FILES: Readonly<Record<string, string>> = {
  'man/conmon.8': roff(conmonPage(VERSION, REVISED)),
  'man/conmonctl.1': roff(conmonctlPage(COMMANDS, VERSION, REVISED)),
  'completions/conmon.bash': bashOfConmon(),
  'completions/_conmon': zshOfConmon(),
  'completions/conmon.fish': fishOfConmon(),
};
