/**
 * Everything that is generated from the tables of options, commands and counters, by its path.
 */
import { COMMANDS } from '../ctl/commands/index.js';
import { bashScript } from '../ctl/completion/bash.js';
import { conmonctlProgram } from '../ctl/completion/conmonctl-program.js';
import { fishScript } from '../ctl/completion/fish.js';
import { zshScript } from '../ctl/completion/zsh.js';
import { VERSION } from '../ctl/version.js';
import { conmonProgram } from './completions.js';
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

const CONMON = conmonProgram();
const CONMONCTL = conmonctlProgram(COMMANDS);

/** Whole files. */
export const FILES: Readonly<Record<string, string>> = {
  'man/conmon.8': roff(conmonPage(VERSION, REVISED)),
  'man/conmonctl.1': roff(conmonctlPage(COMMANDS, VERSION, REVISED)),
  'completions/conmon.bash': bashScript(CONMON),
  'completions/_conmon': zshScript(CONMON),
  'completions/conmon.fish': fishScript(CONMON),
  'completions/conmonctl.bash': bashScript(CONMONCTL),
  'completions/_conmonctl': zshScript(CONMONCTL),
  'completions/conmonctl.fish': fishScript(CONMONCTL),
  'crates/core/src/diagnostics/counters/values.rs': countersInRust(),
  'ts/node/conmon-option-types.ts': optionsInTypeScript(),
  'ts/node/monitors/counter-values.ts': countersInTypeScript(),
};

/** Parts of pages, by the path of the page and the name of the part. */
export const PARTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'docs/architecture.md': { counters: countersInDocs() },
  'docs/parity.md': { options: optionsInDocs() },
};
