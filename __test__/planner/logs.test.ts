import t from 'tap';
import type { FileLog } from '../../ts/planner/plan.js';
import { CID, CREATE, planOf, refusalOf } from './support.js';

/** Options without a log of their own. */
const BARE = ['-c', CID, '-u', 'uuid', '-r', '/runtime'];

function drivers(argv: readonly string[]): readonly string[] {
  return planOf([...BARE, ...argv]).logs.drivers.map((driver) => {
    if ('journald' in driver) return 'journald';
    return `${driver.file.format} ${driver.file.path}`;
  });
}

function file(argv: readonly string[]): FileLog | undefined {
  for (const driver of planOf([...BARE, '-l', '/log', ...argv]).logs.drivers) {
    if ('file' in driver) return driver.file;
  }
  return undefined;
}

t.test('several logs are kept in the order given, each of them once', async (t) => {
  t.same(drivers(['-l', 'none']), []);
  t.same(drivers(['-l', '/a', '-l', 'journald:', '-l', 'none', '-l', 'json-file:/b', '-l', 'journald', '-l', ':/a']), [
    'k8s-file /a',
    'journald',
    'json-file /b',
  ]);
});

t.test('passthrough does not keep the other logs from being kept', async (t) => {
  const plan = planOf([...BARE, '-l', 'passthrough', '-l', '/a']);
  t.equal(plan.stdio.passthrough, true);
  t.equal(plan.logs.drivers.length, 1);
});

t.test('limits of zero or less mean no limit', async (t) => {
  const limits: readonly (readonly [string, number | null])[] = [
    ['8192', 8192],
    ['1', 1],
    ['0', null],
    ['-1', null],
    ['9223372036854775807', Number.MAX_SAFE_INTEGER],
  ];
  for (const [text, bytes] of limits) {
    t.equal(file(['--log-size-max', text])?.maxBytes, bytes, text);
    t.equal(file(['--log-global-size-max', text])?.maxTotalBytes, bytes, text);
  }
  t.match(file([]), { maxBytes: null, maxTotalBytes: null });
});

t.test('rotation keeps one file by default', async (t) => {
  t.equal(file([])?.rotation, null);
  t.equal(file(['--log-max-files', '3'])?.rotation, null);
  t.same(file(['--log-rotate'])?.rotation, { files: 1, compress: null, onReopen: true });
  t.same(file(['--log-rotate', '--log-max-files', '3'])?.rotation, { files: 3, compress: null, onReopen: true });
});

t.test('every allowed directory is kept', async (t) => {
  t.same(file(['--log-allowlist-dir', '/a', '--log-allowlist-dir', '/b'])?.allowlist, ['/a', '/b']);
});

t.test('--no-sync-log leaves the log to the kernel', async (t) => {
  t.equal(planOf(CREATE).logs.fsync, true);
  t.equal(planOf([...CREATE, '--no-sync-log']).logs.fsync, false);
});

t.test('what only journald can do is refused when there is a file and no journald', async (t) => {
  const cases: readonly (readonly [argv: readonly string[], complaint: string])[] = [
    [['-l', '/log', '--log-tag', 'x'], "k8s-file doesn't support --log-tag"],
    [['-l', 'none', '-l', '/log', '--log-tag', ''], "k8s-file doesn't support --log-tag"],
    [['-l', '/log', '--log-label', 'A=b'], "k8s-file doesn't support --log-label"],
    [['-l', '/log', '--log-label', 'A=b', '--log-tag', 'x'], "k8s-file doesn't support --log-tag"],
    [['-l', 'json-file:/log', '--log-tag', 'x'], "json-file doesn't support --log-tag"],
  ];
  for (const [argv, complaint] of cases) {
    t.equal(refusalOf([...BARE, ...argv]).stderr, `[conmon:e] ${complaint}\n`, argv.join(' '));
  }
});

t.test('and accepted when there is journald, or no file', async (t) => {
  t.same(drivers(['-l', '/log', '-l', 'journald', '--log-tag', 'x']), ['k8s-file /log', 'journald']);
  t.same(drivers(['-l', 'none', '--log-tag', 'x', '--log-label', 'no label']), []);
  t.same(drivers(['-l', 'passthrough', '--log-tag', 'x']), []);
});
