/** The planner against C conmon itself: the same words, the same status, the same call of the runtime. */
import t from 'tap';
import { cNeeds, Judge, type Outcome, planned } from './c-conmon.js';
import { EXEC, type GoldenCase, SAME } from './golden-cases.js';
import { DIFFERENT } from './golden-differences.js';

const options = cNeeds();
const judge = new Judge();
t.teardown(() => judge.close());

function prepared({ argv, env = {} }: GoldenCase): Required<GoldenCase> {
  return { argv: argv.map((word) => (word === 'RUNTIME' ? judge.runtime : word)), env };
}

const ours = (golden: Required<GoldenCase>): Outcome => planned(judge, golden);

/** The one line of a refusal, or that the runtime was called. */
function summary({ complaint, runtime }: Outcome): string {
  return runtime === null ? Buffer.from(complaint, 'latin1').toString().replace(/\n$/, '') : 'runs';
}

function hex(word: string): string {
  return Buffer.from(word).toString('hex');
}

function label({ argv, env }: GoldenCase): string {
  return JSON.stringify(env === undefined ? argv : [env, ...argv]);
}

for (const [name, cases] of Object.entries(SAME)) {
  t.test(`${name}: as C conmon`, options, async (t) => {
    for (const golden of cases) {
      const made = prepared(golden);
      t.same(ours(made), judge.ask(made.argv, made.env), label(golden));
    }
  });
}

t.test('every difference from C conmon is listed, with its reason', options, async (t) => {
  for (const golden of DIFFERENT) {
    const made = prepared(golden);
    t.equal(summary(judge.ask(made.argv, made.env)), golden.c, `C: ${label(golden)}`);
    t.equal(summary(ours(made)), golden.ours, `${golden.reason}: ${label(golden)}`);
  }
});

t.test('exec never passes --tty, which gVisor does not know and C conmon left out later', options, async (t) => {
  const made = prepared({ argv: [...EXEC, '-t', '--runtime-opt', 'x'] });
  const withoutTty = judge.ask(made.argv, made.env).runtime?.filter((word) => word !== hex('--tty'));
  t.ok(withoutTty?.includes(hex('--console-socket')));
  t.same(ours(made).runtime, withoutTty);
});

t.test('help and version are printed with status 0, as by C conmon', options, async (t) => {
  for (const argv of [['--version'], ['--version=3', 'x'], ['-h'], ['-?'], ['--help-all'], ['-th'], ['-h', '--nope']]) {
    t.same(ours({ argv, env: {} }), judge.ask(argv, {}), argv.join(' '));
  }
});
