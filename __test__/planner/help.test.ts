import t from 'tap';
import { HELP } from '../../ts/planner/tables.js';
import { OPTION_SPECS } from '../../ts/planner/options.js';
import { run } from './support.js';

const LINES = HELP.split('\n');

t.test('every option that is not hidden has a line of its own, with its letter and its text', async (t) => {
  for (const [name, spec] of Object.entries(OPTION_SPECS)) {
    const word = `--${name}${spec.placeholder === undefined ? '' : `=${spec.placeholder}`}`;
    const lines = LINES.filter((line) => line.trim().split(/\s+/).includes(word));
    t.equal(lines.length, spec.hidden === true ? 0 : 1, name);
    if (spec.hidden === true) continue;
    if (spec.short !== undefined) t.match(lines[0] ?? '', `-${spec.short}, --${name}`);
    t.ok(HELP.includes(`${spec.describe}\n`), name);
  }
});

t.test('CRI-O finds the option it looks for', async (t) => t.match(HELP, '--log-global-size-max'));

t.test('--help stops parsing, with status 0', async (t) => {
  for (const argv of [['--help'], ['-h'], ['-?'], ['--help-all'], ['-th'], ['--help', '--unknown'], ['-hz']]) {
    t.same(run(argv), { text: { stdout: HELP, status: 0 } }, argv.join(' '));
  }
});

t.test('an error before --help wins', async (t) => t.ok('refusal' in run(['--unknown', '--help'])));
