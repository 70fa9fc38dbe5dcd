/** The executable and `conmon-node` are one program to their callers. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ROOT } from './root.js';

const PROGRAMS = ['dist/native/conmon', 'bin/conmon', 'bin/conmon-node'].map((path) => join(ROOT, path));
const SYNC_PIPE = 3;

interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly reply: string;
}

/** What one of them answers, on the streams and on the sync pipe. */
function answer(t: Test, program: string, argv: readonly string[], env: NodeJS.ProcessEnv): Answer {
  const directory = mkdtempSync(join(tmpdir(), 'conmon-hosts-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'reply');
  const fd = openSync(path, 'w');
  const { status, stdout, stderr } = spawnSync(program, argv, {
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
  { argv: [...GIVEN, '-l', 'k8s-file:/no/such/directory/log'], status: 1, replies: true },
];

for (const { argv, status, replies } of CASES) {
  t.test(`the same answer everywhere: ${argv.join(' ') || 'nothing given'}`, async (t) => {
    const env = { _OCI_SYNCPIPE: String(SYNC_PIPE) };
    const answers = PROGRAMS.map((program) => answer(t, program, argv, env));
    t.equal(answers[0]?.status, status);
    t.equal(answers[0]?.reply.endsWith('}\n'), replies);
    for (const each of answers) t.same(each, answers[0]);
  });
}

t.test('an invalid sync pipe is refused with the same message', async (t) => {
  const answers = PROGRAMS.map((program) => answer(t, program, GIVEN, { _OCI_SYNCPIPE: 'x' }));
  t.equal(answers[0]?.status, 1);
  for (const each of answers) t.same(each, answers[0]);
});

t.test('NODE_OPTIONS and NODE_EXTRA_CA_CERTS change nothing', async (t) => {
  const env = { NODE_OPTIONS: '--no-such-option', NODE_EXTRA_CA_CERTS: '/no/such/file' };
  t.match(answer(t, join(ROOT, 'bin/conmon-node'), ['--version'], env), { status: 0, stderr: '' });
});

t.test('no command executes itself indefinitely when CONMON_BINARY names one of them', async (t) => {
  const argv = [...GIVEN, '-l', 'k8s-file:/no/such/directory/log'];
  for (const named of PROGRAMS.slice(1)) {
    const answers = PROGRAMS.map((program) => answer(t, program, argv, { CONMON_BINARY: named }));
    t.match(answers[0], { status: 1, stderr: /Failed to open log file/ });
    for (const each of answers) t.same(each, answers[0], named);
  }
});

t.test('conmon-node reports a missing executable on stderr and on the pipes', async (t) => {
  const env = { CONMON_BINARY: '/no/such/conmon', _OCI_SYNCPIPE: String(SYNC_PIPE) };
  const { status, stderr, reply } = answer(t, join(ROOT, 'bin/conmon-node'), [...GIVEN, '-l', 'none'], env);
  t.equal(status, 1);
  t.match(stderr, /cannot execute the monitor \/no\/such\/conmon: CONMON_BINARY names it/);
  t.match(JSON.parse(reply), { data: -1, pid: -1, exit_code: -1, message: /cannot execute the monitor/ });
});

t.test('conmon-node reports a file that cannot be executed on stderr and on the pipes', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'conmon-hosts-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const env = { CONMON_BINARY: directory, _OCI_SYNCPIPE: String(SYNC_PIPE) };
  const { status, stderr, reply } = answer(t, join(ROOT, 'bin/conmon-node'), [...GIVEN, '-l', 'none'], env);
  t.equal(status, 1);
  t.match(stderr, `execute ${directory}: Permission denied`);
  t.match(JSON.parse(reply).message, `execute ${directory}: Permission denied`);
});
