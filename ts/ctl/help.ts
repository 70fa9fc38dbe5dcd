/**
 * The texts of `--help`, laid out by yargs, which is loaded for them only.
 */
import type { Argv } from 'yargs';
import type { Command } from './command.js';
import { VERSION } from './version.js';

const PURPOSE = 'Sets up, inspects and controls container monitors, and runs containers without a manager.';
const WIDEST = 110;

/** Of one command, or of all. Ends in a newline. */
export async function helpText(commands: readonly Command[], command: Command | undefined): Promise<string> {
  const { default: yargs } = await import('yargs');
  const parser = yargs([])
    .scriptName('conmonctl')
    .locale('en')
    .parserConfiguration({ 'boolean-negation': false })
    .usage(`$0 COMMAND\n\n${PURPOSE}`);
  for (const each of commands) add(each, parser);
  parser.version(VERSION).alias('version', 'v').help().alias('help', 'h').exitProcess(false);
  parser.wrap(Math.min(WIDEST, process.stdout.columns ?? WIDEST));
  return new Promise((resolve, reject) => {
    const words = command === undefined ? ['--help'] : [command.name, '--help'];
    void parser.parse(words, {}, (error: unknown, _: unknown, text: string) =>
      error ? reject(error) : resolve(`${text}\n`),
    );
  });
}

function add({ name, pattern, summary, usage, examples, positionals, options }: Command, parser: Argv): void {
  parser.command(`${name} ${pattern}`.trimEnd(), summary, (yargs) => {
    for (const [key, positional] of Object.entries(positionals)) yargs.positional(key, positional);
    for (const [line, purpose] of examples) yargs.example(line, purpose);
    yargs.usage(usage.map((line) => `$0 ${name} ${line}`).join('\n'));
    return yargs.options(options);
  });
}
