/** The executable and `conmon-node` are one program to their callers. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ROOT } from './root.js';

const DOORS = ['dist/native/conmon', 'bin/conmon', 'bin/conmon-node'].map((path) => join(ROOT, path));
const SYNC_PIPE = 3;

interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly reply: string;
}

/** What one of them answers, on the streams and on the sync pipe. */
function answer(t: Test, door: string, argv: readonly string[], env: NodeJS.ProcessEnv): Answer {
  const folder = mkdtempSync(join(tmpdir(), 'conmon-hosts-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'reply');
  const fd = openSync(path, 'w');
  const { status, stdout, stderr } = spawnSync(door, argv, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe', fd],
    timeout: 20_000,
  });
  closeSync(fd);
  return { status, stdout: String(stdout), stderr: String(stderr), reply: readFileSync(path, 'utf8') };
}

const GIVEN = ['-c', 'id', '-u', 'uuid', '-r', '/bin/true'];

const CASES: readonly { argv: readonly string[]; status: number; replies: boolean }[] = [
  { argv: ['--version'], status: 0, replies: false },
  { argv: ['--help'], status: 0, replies: false },
  { argv: [], status: 1, replies: true },
  { argv: ['--no-such-option'], status: 1, replies: true },
  { argv: ['-c', 'é€😀', '-u', 'uuid', '-r', '/no/such/é'], status: 1, replies: true },
  { argv: ['-c', 'id', '-u', 'uuid', '-r', '/etc/passwd'], status: 1, replies: true },
  { argv: [...GIVEN, '-l', 'nonsense:x', '--syslog'], status: 1, replies: true },
  { argv: [...GIVEN, '-l', 'k8s-file:/no/such/folder/log'], status: 1, replies: true },
];

for (const { argv, status, replies } of CASES) {
  t.test(`the same answer everywhere: ${argv.join(' ') || 'nothing given'}`, async (t) => {
    const env = { _OCI_SYNCPIPE: String(SYNC_PIPE) };
    const answers = DOORS.map((door) => answer(t, door, argv, env));
    t.equal(answers[0]?.status, status);
    t.equal(answers[0]?.reply.endsWith('}\n'), replies);
    for (const each of answers) t.same(each, answers[0]);
  });
}

t.test('a sync pipe that is no number is refused in the same words', async (t) => {
  const answers = DOORS.map((door) => answer(t, door, GIVEN, { _OCI_SYNCPIPE: 'x' }));
  t.equal(answers[0]?.status, 1);
  for (const each of answers) t.same(each, answers[0]);
});

t.test('NODE_OPTIONS and NODE_EXTRA_CA_CERTS change nothing', async (t) => {
  const env = { NODE_OPTIONS: '--no-such-option', NODE_EXTRA_CA_CERTS: '/no/such/file' };
  t.match(answer(t, join(ROOT, 'bin/conmon-node'), ['--version'], env), { status: 0, stderr: '' });
});

t.test('the doors are not led in a circle when CONMON_BINARY names one of them', async (t) => {
  const argv = [...GIVEN, '-l', 'k8s-file:/no/such/folder/log'];
  for (const named of DOORS.slice(1)) {
    const answers = DOORS.map((door) => answer(t, door, argv, { CONMON_BINARY: named }));
    t.match(answers[0], { status: 1, stderr: /Failed to open log file/ });
    for (const each of answers) t.same(each, answers[0], named);
  }
});

t.test('conmon-node tells everybody when there is no executable to hand over to', async (t) => {
  const env = { CONMON_BINARY: '/no/such/conmon', _OCI_SYNCPIPE: String(SYNC_PIPE) };
  const { status, stderr, reply } = answer(t, join(ROOT, 'bin/conmon-node'), [...GIVEN, '-l', 'none'], env);
  t.equal(status, 1);
  t.match(stderr, /no executable \/no\/such\/conmon: CONMON_BINARY names it/);
  t.match(JSON.parse(reply), { data: -1, pid: -1, exit_code: -1, message: /no executable/ });
});

t.test('conmon-node tells everybody when what is there cannot be executed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'conmon-hosts-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const env = { CONMON_BINARY: folder, _OCI_SYNCPIPE: String(SYNC_PIPE) };
  const { status, stderr, reply } = answer(t, join(ROOT, 'bin/conmon-node'), [...GIVEN, '-l', 'none'], env);
  t.equal(status, 1);
  t.match(stderr, `execute ${folder}: Permission denied`);
  t.match(JSON.parse(reply).message, `execute ${folder}: Permission denied`);
});
