/**
 * `conmonctl completion`: prints the script of a shell.
 */
import { basename } from 'node:path';
import type { Command } from '../command.js';
import { CtlError } from '../error.js';
import { printOut } from '../standard-stream.js';
import { bashScript } from './bash.js';
import { conmonctlProgram } from './conmonctl-program.js';
import { fishScript } from './fish.js';
import type { Program } from './program.js';
import { zshScript } from './zsh.js';

/** By the name of the shell. */
const SCRIPTS: Readonly<Record<string, (program: Program) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Resolves with the exit status. Without `shell` the script is for the shell that `SHELL` names. */
export async function completionCommand(shell: string | undefined, commands: readonly Command[]): Promise<number> {
  const script = SCRIPTS[shell ?? basename(process.env['SHELL'] ?? '')];
  if (script === undefined)
    throw new CtlError('SHELL names none of bash, zsh and fish', { advice: 'conmonctl completion bash' });
  await printOut(script(conmonctlProgram(commands)));
  return 0;
}
