/**
 * The command line of conmonctl, on yargs: commands, help, completion, and the one place where errors are caught.
 */
import yargs, { type Argv } from 'yargs';
import { CtlError, messageOf } from './error.js';
import { runCommand } from './run-command.js';
import { RUN_OPTIONS } from './run-options.js';
import { VERSION } from './version.js';

/** Usage errors and other failures of conmonctl's own, as with Podman; everything else is the container's status. */
const OWN_FAILURE = 125;

/** Resolves with the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  let status = 0;
  const parser = commands(args, (result) => (status = result));
  try {
    await parser.parseAsync();
    return status;
  } catch (error) {
    process.stderr.write(`conmonctl: ${messageOf(error)}\n`);
    if (error instanceof CtlError) {
      if (error.advice !== undefined) process.stderr.write(`${error.advice.replaceAll(/^/gm, '  ')}\n`);
      return error.status;
    }
    return OWN_FAILURE;
  }
}

function commands(args: readonly string[], end: (status: number) => void): Argv {
  return yargs([...args])
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
    .usage('$0 COMMAND\n\nconmon for people: what a container manager does with a monitor, in the open.')
    .command('run [id]', 'Run a container under the monitor, and end with its status', runUsage, async (argv) => {
      const { id, '--': command } = argv;
      end(await runCommand(argv, id, words(command)));
    })
    .completion('completion', 'Print a script that completes commands and options: source <(conmonctl completion)')
    .demandCommand(1, 'no command given; see conmonctl --help')
    .strict()
    .version(VERSION)
    .help()
    .alias('help', 'h')
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message: string | null, error: unknown) => {
      throw error ?? new CtlError(message ?? 'bad usage', { advice: 'See conmonctl --help and conmonctl run --help.' });
    });
}

function runUsage(command: Argv) {
  return command
    .usage(
      '$0 run [OPTIONS] --bundle DIR [ID]\n$0 run [OPTIONS] --rootfs DIR [ID] -- COMMAND [ARGUMENT…]\n' +
        '$0 run [OPTIONS] [ID] -- COMMAND [ARGUMENT…]     (a plain process, not isolated)',
    )
    .positional('id', { type: 'string', describe: 'Id of the container (default: one that nobody else has)' })
    .options(RUN_OPTIONS)
    .check((argv) => once(argv))
    .example('$0 run --explain --rootfs ./rootfs -- /bin/sh -c "echo hello; exit 3"', 'shows each step')
    .example('$0 run --bundle ./bundle web', 'a bundle, as runtimes take it');
}

/** What follows `--`, which yargs does not type. */
function words(rest: unknown): readonly string[] {
  return Array.isArray(rest) ? rest.map(String) : [];
}

/** yargs makes a list of an option that is given twice; only some may be. */
function once(argv: Readonly<Record<string, unknown>>): true {
  for (const [name, option] of Object.entries(RUN_OPTIONS)) {
    if (!('array' in option) && Array.isArray(argv[name])) throw new CtlError(`--${name} is given more than once`);
  }
  return true;
}
