import t from 'tap';
import { nothingGiven } from '../../ts/planner/given.js';
import { parse } from '../../ts/planner/parse.js';
import { Refused } from '../../ts/planner/refused.js';
import { bytesOf } from './support.js';

/** Everything that was given, as one flat record. */
function read(argv: readonly string[]): object {
  const given = nothingGiven();
  parse(argv, given);
  return { ...given.flags, ...given.strings, ...given.lists, ...given.numbers };
}

const READ: readonly (readonly [rule: string, argv: readonly string[], given: object])[] = [
  ['a value in the next word', ['--cid', 'a'], { cid: 'a' }],
  ['a value after an equals sign', ['--cid=a'], { cid: 'a' }],
  ['only the first equals sign separates', ['--cid=a=b'], { cid: 'a=b' }],
  ['an empty value', ['--cid='], { cid: '' }],
  ['an empty word as value', ['--cid', ''], { cid: '' }],
  ['a letter and its value', ['-c', 'a'], { cid: 'a' }],
  ['a digit as letter', ['-0', '/persist'], { 'persist-dir': '/persist' }],
  ['a value that looks like an option', ['--cid', '--version'], { cid: '--version' }],
  ['a value that is --', ['--cid', '--', '-t'], { cid: '--', terminal: true }],
  ['a value of a letter that looks like an option', ['-l', '-x'], { 'log-path': ['-x'] }],
  [
    'values of a list that look like options',
    ['--exit-command-arg', '--root', '--exit-command-arg', '--exit-command-arg'],
    { 'exit-command-arg': ['--root', '--exit-command-arg'] },
  ],
  ['the last scalar wins', ['-c', 'a', '--cid=b', '-T', '1', '-T', '2'], { cid: 'b', timeout: 2 }],
  ['lists keep their order', ['--runtime-arg', 'a', '--runtime-arg=b'], { 'runtime-arg': ['a', 'b'] }],
  ['flags take no word', ['--api-version', '1', '-t'], { 'api-version': true, terminal: true }],
  ['the value of a flag is ignored', ['--terminal=no', '--stdin='], { terminal: true, stdin: true }],
  ['no flag is negated by its name', ['--no-pivot'], { 'no-pivot': true }],
  ['words that name what every object has are none', ['constructor', '__proto__', '-t'], { terminal: true }],
  ['words that are not options are ignored anywhere', ['x', '-t', 'y', '-', '', '-i'], { terminal: true, stdin: true }],
  ['after -- all words are ignored', ['-t', '--', '-i', '--unknown'], { terminal: true }],
  ['old names are the new ones', ['--pidfile', 'a'], { 'container-pidfile': 'a' }],
  ['the last of both names wins', ['--pidfile', 'a', '-p', 'b', '--pidfile', 'c'], { 'container-pidfile': 'c' }],
  ['both names make one list', ['--restore-arg', 'a', '--runtime-opt', 'b'], { 'runtime-opt': ['a', 'b'] }],
  ['numbers are int32', ['--exit-delay', '0x10'], { 'exit-delay': 16 }],
  ['or int64', ['--log-size-max', '4294967296'], { 'log-size-max': 4294967296 }],
];

t.test('the command line is read as GOption reads it', async (t) => {
  for (const [rule, argv, given] of READ) t.same(read(argv), given, rule);
});

const MISTAKES: readonly (readonly [rule: string, argv: readonly string[], complaint: string])[] = [
  ['an unknown option', ['--nope'], 'Unknown option --nope'],
  ['is quoted with its value', ['--nope=5'], 'Unknown option --nope=5'],
  ['an unknown letter', ['-z'], 'Unknown option -z'],
  ['no abbreviations', ['--ci', 'x'], 'Unknown option --ci'],
  ['no property of objects', ['--constructor', 'x'], 'Unknown option --constructor'],
  ['no third dash', ['---cid', 'x'], 'Unknown option ---cid'],
  ['no name', ['--=x'], 'Unknown option --=x'],
  ['help takes no value', ['--help='], 'Unknown option --help='],
  ['a missing value', ['--cid'], 'Missing argument for --cid'],
  ['a missing value of a letter', ['-c'], 'Missing argument for -c'],
  ['text for a number', ['--timeout', 'abc'], 'Cannot parse integer value “abc” for --timeout'],
  ['the option is named as it was written', ['-T', 'abc'], 'Cannot parse integer value “abc” for -T'],
  ['no number at all', ['--timeout='], 'Cannot parse integer value “” for --timeout'],
  ['beyond int32', ['-T', '2147483648'], 'Integer value “2147483648” for -T out of range'],
  [
    'beyond int64',
    ['--log-size-max=9223372036854775808'],
    'Integer value “9223372036854775808” for --log-size-max out of range',
  ],
  ['the first mistake', ['-T', 'abc', '--nope'], 'Cannot parse integer value “abc” for -T'],
  ['a bad value that a later one would replace', ['-T', 'x', '-T', '5'], 'Cannot parse integer value “x” for -T'],
];

t.test('an error has the message of GOption', async (t) => {
  for (const [rule, argv, complaint] of MISTAKES) {
    t.throws(() => read(argv), new Refused('usage', `option parsing failed: ${complaint}`), rule);
  }
});

t.test('bytes that are not UTF-8 are kept, in values and in messages', async (t) => {
  t.same(read(['--cid', 'a\udcff']), { cid: 'a\udcff' });
  try {
    read(['--\udcff']);
    t.fail('a mistake was expected');
  } catch (error) {
    t.ok(error instanceof Refused);
    t.ok(bytesOf(String(error)).includes(Buffer.from('--\xff', 'latin1')));
  }
});

t.test('options before a mistake are kept', async (t) => {
  const given = nothingGiven();
  t.throws(() => parse(['--api-version', '1', '-e', '--nope', '-t'], given));
  t.same(given.flags, { 'api-version': true, exec: true });
});

t.test('--version does not end the reading, --help does', async (t) => {
  t.equal(parse(['--version', '-t'], nothingGiven()), 'version');
  t.equal(parse(['-t', '--help', '--nope'], nothingGiven()), 'help');
  t.throws(() => parse(['--version', '--nope'], nothingGiven()));
});
