import t from 'tap';
import { plan } from '../../ts/planner/main.js';
import type { Host } from '../../ts/planner/host.js';
import { CREATE, hostOf, run } from './support.js';
import { ARGV_VECTORS, holds, PLAN_VECTORS, writePlanVectors } from './vectors.js';

t.test('command lines of Podman and CRI-O become the plans that the core reads', async (t) => {
  t.ok(PLAN_VECTORS.length >= 7);
  if (process.env['TAP_SNAPSHOT'] === '1') {
    await writePlanVectors(({ argv, env, cwd }) => run(argv, { env, cwd }));
    t.pass('they have been written');
    return;
  }
  for (const { name, argv, env, cwd, result } of PLAN_VECTORS) t.same(run(argv, { env, cwd }), result, name);
});

t.test('the vectors for hosts hold', async (t) => {
  for (const { name, argv, env = {}, expect } of ARGV_VECTORS) {
    const result = run(argv, { env });
    t.ok(holds(result, expect), name, { found: result, wanted: expect });
  }
});

t.test('a plan depends only on its input: the same input gives the same plan', async (t) => {
  t.same(run(CREATE), run(CREATE));
});

t.test('as JSON an answer has escapes for odd bytes', async (t) => {
  const text = JSON.stringify(plan([...CREATE, '-c', 'a\udcff'], () => undefined, hostOf()));
  t.match(text, '"cid":"a\\udcff"');
  t.match(JSON.parse(text), { plan: { cid: 'a\udcff' } });
});

t.test('an error that is not a refusal is thrown', async (t) => {
  const host: Host = {
    ...hostOf(),
    isExecutable: () => {
      throw new TypeError('a mistake of the host');
    },
  };
  t.throws(() => plan(CREATE, () => undefined, host), TypeError);
});
