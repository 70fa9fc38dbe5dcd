import t from 'tap';
import type { FileLog } from '../../ts/planner/plan.js';
import { CREATE, planOf } from './support.js';

const FILE = [...CREATE, '-l', '/log'];

function file(argv: readonly string[], env: Record<string, string>): FileLog | undefined {
  for (const driver of planOf(argv, { env }).logs.drivers) if ('file' in driver) return driver.file;
  return undefined;
}

t.test('CONMON_LOG_ROTATE replaces the options that were not given', async (t) => {
  const env = { CONMON_LOG_ROTATE: '3' };
  t.same(file(FILE, env)?.rotation, { files: 3, compress: null, onReopen: false });
  t.same(file([...FILE, '--log-max-files', '5'], env)?.rotation, { files: 5, compress: null, onReopen: false });
  t.same(file([...FILE, '--log-rotate'], env)?.rotation, { files: 1, compress: null, onReopen: true });
  t.equal(file([...FILE, '--log-max-files', '0'], env)?.rotation, null);
});

t.test('CONMON_LOG_COMPRESS compresses what rotation keeps', async (t) => {
  t.same(file([...FILE, '--log-rotate'], { CONMON_LOG_COMPRESS: 'gzip' })?.rotation, {
    files: 1,
    compress: 'gzip',
    onReopen: true,
  });
  t.equal(file(FILE, { CONMON_LOG_COMPRESS: 'gzip' })?.rotation, null);
});

t.test('CONMON_LOG_LOSS_MARKER=0 leaves the marker out', async (t) => {
  t.equal(planOf(FILE).logs.lossMarker, true);
  t.equal(planOf(FILE, { env: { CONMON_LOG_LOSS_MARKER: '1' } }).logs.lossMarker, true);
  t.equal(planOf(FILE, { env: { CONMON_LOG_LOSS_MARKER: '0' } }).logs.lossMarker, false);
});

t.test('CONMON_ATTACH_STALL_SECONDS bounds how long a client may stall', async (t) => {
  t.equal(planOf(FILE, { env: { CONMON_ATTACH_STALL_SECONDS: '0' } }).attach?.stallSeconds, 0);
  t.equal(planOf(FILE, { env: { CONMON_ATTACH_STALL_SECONDS: '60' } }).attach?.stallSeconds, 60);
});

t.test('CONMON_EXIT_COMMANDS bounds how many adopted exit commands run at a time', async (t) => {
  t.equal(planOf([...CREATE, '-b', '/ctr'], { env: { CONMON_EXIT_COMMANDS: '7' } }).adoption?.exitCommands, 7);
});

t.test('CONMON_CONFINE=off gives nothing up', async (t) => {
  t.ok(planOf(FILE).confinement);
  t.ok(planOf(FILE, { env: { CONMON_CONFINE: 'on' } }).confinement);
  t.equal(planOf(FILE, { env: { CONMON_CONFINE: 'off' } }).confinement, null);
});

t.test('CONMON_GUARDIAN=1 gives the monitor of a container a guardian, if nobody waits for its launcher', async (t) => {
  const env = { CONMON_GUARDIAN: '1' };
  t.equal(planOf(FILE).launch.guardian, false);
  t.equal(planOf(FILE, { env }).launch.guardian, true);
  t.equal(planOf(FILE, { env: { CONMON_GUARDIAN: '0' } }).launch.guardian, false);
  t.equal(planOf([...FILE, '--sync'], { env }).launch.guardian, false);
  t.equal(planOf([...FILE, '--exec', '--exec-process-spec', '/spec'], { env }).launch.guardian, false);
});

t.test('a bad value is a warning, and the default holds', async (t) => {
  const bad: readonly (readonly [name: string, value: string, warning: string])[] = [
    ['CONMON_LOG_ROTATE', '0', 'a number of at least 1 was expected'],
    ['CONMON_LOG_ROTATE', 'x', 'a number of at least 1 was expected'],
    ['CONMON_LOG_ROTATE', '', 'a number of at least 1 was expected'],
    ['CONMON_LOG_ROTATE', '3x', 'a number of at least 1 was expected'],
    ['CONMON_LOG_ROTATE', '99999999999', 'a number of at least 1 was expected'],
    ['CONMON_LOG_COMPRESS', 'zip', 'gzip was expected'],
    ['CONMON_LOG_LOSS_MARKER', 'no', '0 or 1 was expected'],
    ['CONMON_EXIT_COMMANDS', '0', 'a number of at least 1 was expected'],
    ['CONMON_CONFINE', 'no', 'on or off was expected'],
    ['CONMON_GUARDIAN', 'yes', '0 or 1 was expected'],
    ['CONMON_ATTACH_STALL_SECONDS', '-1', 'a number of at least 0 was expected'],
  ];
  const plain = planOf(FILE);
  for (const [name, value, warning] of bad) {
    const plan = planOf(FILE, { env: { [name]: value } });
    t.same(plan.diagnostics.warnings, [`${name}=${value} is ignored: ${warning}`]);
    t.same({ ...plan, diagnostics: plain.diagnostics }, plain);
  }
});
