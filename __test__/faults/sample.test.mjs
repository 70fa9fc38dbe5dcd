/**
 * A sample of the single-fault sweep (`npm run sweep`): one system call of the monitor fails once, and either nothing is lost or
 * the refusal is reported. The selection is fixed: every eleventh fault.
 */
import t from 'tap';
import { run } from '../../scripts/project.mjs';
import { needs } from '../support/needs.js';

const EVERY = 11;
// Link-time optimisation would take long and buy nothing here.
const CARGO = ['run', '--quiet', '--release', '--package', 'faults', '--config', 'profile.release.lto="off"'];

const options = process.arch === 'x64' ? needs('root') : { skip: 'the injector knows the registers of x86-64 only' };

void t.test('a single fault loses nothing, or the start is refused with a reason', options, async (t) => {
  const { stdout, stderr } = await run('cargo', [...CARGO, '--', 'sweep', '--every', String(EVERY)]);
  const end = stdout.search(/^\{$/m);
  if (end < 0) throw new Error(stderr);
  const broken = stdout
    .slice(0, end)
    .split('\n')
    .filter((line) => line !== '' && !line.endsWith('not when it was repeated'));
  t.same(broken, [], 'no rule is broken');
  const { faults, reached, unknown_calls: unknown } = JSON.parse(stdout.slice(end));
  t.same(unknown, [], 'no call is missing in the table of errors');
  t.ok(reached > faults * 0.8, `${reached} of ${faults} faults happened`);
});
