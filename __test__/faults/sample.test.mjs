/**
 * A sample of the single-fault sweep (`npm run sweep`): one system call of the monitor fails once, and either nothing is lost or
 * the refusal is reported. The selection is fixed: every eleventh fault.
 */
import t from 'tap';
import { buildInjector, lineOf, obstacle, sweep } from '../../scripts/sweep.mjs';

const EVERY = 11;

const why = obstacle();
if (why === undefined) {
  const injector = await buildInjector();
  void t.test('one fault loses nothing, or is a refusal that is reported', async (t) => {
    /** @type {string[]} */
    const broken = [];
    const summary = await sweep(injector, ['--every', String(EVERY)], (run) => {
      if (run.broken.length > 0) broken.push(lineOf(run));
    });
    t.same(broken, [], 'no rule is broken');
    t.same(summary.unknown_calls, [], 'no call is missing in the table of errors');
    t.ok(summary.reached > summary.faults * 0.8, `${summary.reached} of ${summary.faults} faults happened`);
  });
} else {
  void t.test('one fault loses nothing, or is a refusal that is reported', { skip: why }, async () => undefined);
}
