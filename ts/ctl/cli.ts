/**
 * conmonctl from its arguments to its exit status, and the one place where errors are caught.
 */
import { readArguments } from './arguments.js';
import { requestOf } from './command-line.js';
import { COMMANDS } from './commands/index.js';
import { completionsFor } from './complete.js';
import { CtlError, messageOf, OWN_FAILURE } from './error.js';
import { OUTPUT } from './output-guard.js';
import { printOut } from './standard-stream.js';
import { VERSION } from './version.js';
import { visibleLines } from './visible.js';

/** Resolves with the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return OUTPUT.statusAfter(await carryOut(args));
  } catch (error) {
    // The output failed first: that has been reported, or its reader has gone.
    if (OUTPUT.hasFailed) return OUTPUT.statusAfter(OWN_FAILURE);
    process.stderr.write(`conmonctl: ${visibleLines(messageOf(error))}\n`);
    if (!(error instanceof CtlError)) return OWN_FAILURE;
    if (error.advice !== undefined) process.stderr.write(`${visibleLines(error.advice).replaceAll(/^/gm, '  ')}\n`);
    return error.status;
  }
}

async function carryOut(args: readonly string[]): Promise<number> {
  const request = requestOf(args, COMMANDS);
  switch (request.kind) {
    case 'version':
      await printOut(`${VERSION}\n`);
      return 0;
    case 'help':
      await printOut(await (await import('./help.js')).helpText(COMMANDS, request.command));
      return 0;
    case 'completions': {
      const found = await completionsFor(request.words, COMMANDS);
      await printOut(found.map((word) => `${word}\n`).join(''));
      return 0;
    }
    case 'command': {
      const { values, rest } = readArguments(request.command, request.words);
      return request.command.call(values, rest);
    }
  }
}
