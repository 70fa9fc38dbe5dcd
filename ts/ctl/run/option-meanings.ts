/**
 * What each option of the monitor is for in a run, for `--explain`: one option a line, followed by its meaning.
 */
import { OPTION_SPECS, type OptionName } from '../../planner/options.js';

/** The options that a run gives to the monitor. */
const OF_A_RUN = {
  'api-version': 'the sync pipe speaks protocol 1',
  bundle: 'OCI bundle: config.json, and the sockets',
  cid: 'container id',
  'conmon-pidfile': "the monitor's own pid",
  'container-pidfile': "where the runtime leaves the container's pid",
  cuuid: 'id of this run of the container',
  'exit-dir': 'gets a file with the exit status',
  'full-attach': 'the attach socket is in the bundle',
  'log-level': "of the monitor's own messages",
  'log-path': 'where the output goes',
  'persist-dir': 'a second directory for that, for later readers',
  runtime: 'OCI runtime',
  'runtime-arg': 'for the runtime',
  stdin: 'the container has an input',
  terminal: 'the container has a terminal',
  timeout: 'seconds until the container is killed',
} as const satisfies Partial<Record<OptionName, string>>;

const MEANINGS: Readonly<Record<string, string | undefined>> = OF_A_RUN;
const EXTRA = 'given with --conmon-arg';
/** The meaning of a longer option follows it directly instead of in the column. */
const WIDEST = 60;

/** An option with its value, and what it is for. */
export interface OptionGroup {
  readonly args: readonly string[];
  readonly meaning: string;
}

/** Groups a command line by its options. The last arguments are `extra`: as the user gave them. */
export function optionGroups(args: readonly string[], extra: readonly string[]): readonly OptionGroup[] {
  const groups: OptionGroup[] = [];
  const end = args.length - extra.length;
  for (let at = 0; at < end; at += groups.at(-1)?.args.length ?? end) {
    const name = args[at]?.slice('--'.length) ?? '';
    const length = OPTION_SPECS[name]?.kind === 'flag' ? 1 : 2;
    groups.push({ args: args.slice(at, at + length), meaning: MEANINGS[name] ?? '' });
  }
  return [...groups, ...extra.map((option) => ({ args: [option], meaning: EXTRA }))];
}

/** Pairs of the quoted arguments, padded to a column, and their meaning. */
export function commandLines(options: readonly OptionGroup[]): readonly (readonly [string, string])[] {
  const quoted = options.map((option) => option.args.map(quote).join(' '));
  const width = Math.max(0, ...quoted.map((text) => text.length).filter((length) => length <= WIDEST));
  return options.map((option, index) => [(quoted[index] ?? '').padEnd(width), option.meaning]);
}

/** Quotes for a POSIX shell. */
export function quote(argument: string): string {
  return /^[\w./:=@%+,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
