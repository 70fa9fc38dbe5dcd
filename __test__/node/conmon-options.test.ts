import t from 'tap';
import { camelCase, commandLine, type ConmonOptions } from '../../ts/node/conmon-options.js';
import { nothingGiven } from '../../ts/planner/given.js';
import { OPTION_SPECS, type OptionName, type OPTIONS } from '../../ts/planner/options.js';
import { parse } from '../../ts/planner/parse.js';

type CamelCase<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Text;
type Values = { flag: boolean; string: string; strings: readonly string[]; int: number; int64: number; help: never };
/** What the table of options has, as the interface must have it. */
type Table = { readonly [Name in OptionName as CamelCase<Name>]?: Values[(typeof OPTIONS)[Name]['kind']] | undefined };
/** Not for programs: answers for people, old names, and what is ignored. */
type Left = 'help' | 'helpAll' | 'version' | 'pidfile' | 'restoreArg' | 'seccompNotifySocket' | 'seccompNotifyPlugins';

// These two assignments compile only if the table and the interface say the same.
const wanted: Omit<Table, Left> = {} satisfies ConmonOptions as ConmonOptions;
const given: ConmonOptions = {} satisfies Omit<Table, Left> as Required<Omit<Table, Left>>;
const same: [keyof ConmonOptions] extends [keyof Omit<Table, Left>] ? true : false = true;
const complete: [keyof Omit<Table, Left>] extends [keyof ConmonOptions] ? true : false = true;

t.test('every option makes the words that the planner reads back', async (t) => {
  t.same([wanted, given, same, complete], [{}, {}, true, true]);
  for (const [name, { kind, hidden }] of Object.entries(OPTION_SPECS)) {
    if (kind === 'help' || hidden === true || name === 'version') continue;
    const value = { flag: true, string: '--odd value', strings: ['-a', '--b'], int: -3, int64: 4_000_000_000 }[kind];
    const read = nothingGiven();
    t.equal(parse(commandLine({ [camelCase(name)]: value } as ConmonOptions), read), 'work');
    const all = { ...read.flags, ...read.strings, ...read.lists, ...read.numbers };
    t.same(all, { [name]: value }, name);
  }
});

t.test('an option that is undefined or false is left out', async (t) => {
  t.same(commandLine({ cid: undefined, terminal: false, logPath: [] }), []);
});
