import t from 'tap';
import { nothingGiven } from '../../ts/planner/given.js';
import { parse } from '../../ts/planner/parse.js';
import { Refused } from '../../ts/planner/refused.js';

function read(argv: readonly string[]): object {
  const given = nothingGiven();
  parse(argv, given);
  return { ...given.flags, ...given.strings, ...given.lists, ...given.numbers };
}

const READ: readonly (readonly [rule: string, argv: readonly string[], given: object])[] = [
  ['flags in one word', ['-ets'], { exec: true, terminal: true, 'systemd-cgroup': true }],
  ['the value of the last letter is the next word', ['-tT', '5'], { terminal: true, timeout: 5 }],
  ['and so is the value of another letter', ['-Tt', '5'], { terminal: true, timeout: 5 }],
  ['the next word is a value whatever it looks like', ['-tc', '-i'], { terminal: true, cid: '-i' }],
  ['a value in the same word', ['-T5', '-c/x'], { timeout: 5, cid: '/x' }],
  ['an equals sign belongs to it', ['-c=v'], { cid: '=v' }],
  ['after flags too', ['-tc=v', '-iT7'], { terminal: true, cid: '=v', stdin: true, timeout: 7 }],
  ['a value of letters that GOption could not read', ['-cbp'], { cid: 'bp' }],
  ['a value that is not UTF-8', ['-c\udcff'], { cid: '\udcff' }],
];

t.test('letters share one word', async (t) => {
  for (const [rule, argv, given] of READ) t.same(read(argv), given, rule);
});

const MISTAKES: readonly (readonly [rule: string, argv: readonly string[], complaint: string])[] = [
  ['an unknown letter', ['-tz'], 'Unknown option -tz'],
  ['a flag has no value', ['-t5'], 'Unknown option -t5'],
  ['nor after an equals sign', ['-t=1'], 'Unknown option -t=1'],
  ['a letter that is more than one byte', ['-é'], 'Unknown option -é'],
  ['no value at the end', ['-Tt'], 'Missing argument for -T'],
  ['no number', ['-T=5'], 'Cannot parse integer value “=5” for -T'],
  ['two letters that want the next word', ['-TT', '7'], 'Cannot parse integer value “T” for -T'],
];

t.test('an error names the whole word', async (t) => {
  for (const [rule, argv, complaint] of MISTAKES) {
    t.throws(() => read(argv), new Refused('usage', `option parsing failed: ${complaint}`), rule);
  }
});
