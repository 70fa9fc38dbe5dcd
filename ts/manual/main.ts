/**
 * Everything that is generated from the tables of options, commands and counters, by its path.
 */
import { COMMANDS } from '../ctl/commands/index.js';
import { VERSION } from '../ctl/version.js';
import { bashOfConmon, fishOfConmon, zshOfConmon } from './completions.js';
import { conmonPage } from './conmon-page.js';
import { conmonctlPage } from './conmonctl-page.js';
import { countersInDocs } from './counters-in-docs.js';
import { countersInRust } from './counters-in-rust.js';
import { countersInTypeScript } from './counters-in-typescript.js';
import { optionsInDocs } from './options-in-docs.js';
import { optionsInTypeScript } from './options-in-typescript.js';
import { roff } from './roff.js';

/** Date of the last change of the texts. */
const REVISED = '2026-11-29';

/** All but the completions of conmonctl, which it prints itself. */
export const FILES: Readonly<Record<string, string>> = {
  'man/conmon.8': roff(conmonPage(VERSION, REVISED)),
  'man/conmonctl.1': roff(conmonctlPage(COMMANDS, VERSION, REVISED)),
  'completions/conmon.bash': bashOfConmon(),
  'completions/_conmon': zshOfConmon(),
  'completions/conmon.fish': fishOfConmon(),
  'crates/core/src/diagnostics/counters/values.rs': countersInRust(),
  'ts/node/conmon-option-types.ts': optionsInTypeScript(),
  'ts/node/monitors/counter-values.ts': countersInTypeScript(),
};

/** Parts of pages, by the path of the page and the name of the part. */
export const PARTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'docs/architecture.md': { counters: countersInDocs() },
  'docs/parity.md': { options: optionsInDocs() },
};
