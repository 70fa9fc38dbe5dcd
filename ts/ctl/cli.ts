/**
 * The command line of conmonctl, on yargs: commands, help, completion, and the one place where errors are caught.
 */
import yargs, { type Argv } from 'yargs';
import { COMMANDS } from './commands/index.js';
import { containersFor } from './complete.js';
import { CtlError, messageOf } from './error.js';
import { VERSION } from './version.js';
import { visibleLines } from './visible.js';

/** Usage errors and other failures of conmonctl's own, as with Podman; `run` ends with the container's status else. */
const OWN_FAILURE = 125;

/** With it the scripts of yargs ask for completions. */
const COMPLETE = '--get-yargs-completions';
const COMPLETION = 'Print a script that completes commands and options: source <(conmonctl completion)';

/** Resolves with the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  let status = 0;
  const [first, ...words] = args;
  const parser = commandLine(args, (result) => (status = result));
  try {
    await parser.parseAsync();
    if (first === COMPLETE) await completeContainers(words);
    return status;
  } catch (error) {
    process.stderr.write(`conmonctl: ${visibleLines(messageOf(error))}\n`);
    if (error instanceof CtlError) {
      if (error.advice !== undefined) process.stderr.write(`${visibleLines(error.advice).replaceAll(/^/gm, '  ')}\n`);
      return error.status;
    }
    return OWN_FAILURE;
  }
}

/** yargs has printed what it knows; the containers follow. */
async function completeContainers(words: readonly string[]): Promise<void> {
  const containers = await containersFor(words, words.at(-1) ?? '');
  process.stdout.write(containers.map((word) => `${word}\n`).join(''));
}

/** The parser with all commands; `end` gets the exit status of the one that ran. */
function commandLine(args: readonly string[], end: (status: number) => void): Argv {
  const parser = yargs([...args])
    .scriptName('conmonctl')
    .locale('en')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'populate--': true,
    })
    .usage('$0 COMMAND\n\nconmon for people: set it up, look into it, and do by hand what a container manager does.');
  for (const command of COMMANDS) command.mount(parser, end);
  return parser
    .completion('completion', COMPLETION)
    .demandCommand(1, 'no command given; see conmonctl --help')
    .strict()
    .version(VERSION)
    .help()
    .alias('help', 'h')
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message: string | null, error: unknown) => {
      const advice = 'See conmonctl --help, and --help after a command.';
      throw error ?? new CtlError(message ?? 'bad usage', { advice });
    });
}
