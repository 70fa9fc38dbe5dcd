import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import t, { type Test } from 'tap';
import { type Result, command } from '../support/command.js';
import { needs } from '../support/needs.js';
import { IMAGE, Podman } from '../support/podman.js';
import { processesOf } from '../support/scene.js';
import { onTerminal, printSize } from '../support/terminal.js';
import { until } from '../support/wait.js';

const MISSING = needs('root', 'podman', 'busybox', 'unshare', 'nsenter');

void t.test('podman run', MISSING, async (t) => {
  const podman = await Podman.setUp();
  t.teardown(() => podman.tearDown());
  for (const runtime of ['crun', 'runc'] as const) {
    await t.test(runtime, needs(runtime), (t) => suite(t, podman, ['--runtime', runtime]));
  }
});

async function suite(t: Test, podman: Podman, global: readonly string[]): Promise<void> {
  const run = (...args: readonly string[]): Promise<Result> => podman.run([...global, 'run', ...args]);

  await t.test('prints what the container prints, stdout and stderr apart', async (t) => {
    const { code, text, stderr } = await run('--rm', IMAGE, 'sh', '-c', 'echo out; echo err >&2');
    t.strictSame({ code, text, stderr }, { code: 0, text: 'out\n', stderr: 'err\n' });
  });

  for (const [what, argv, expected] of [
    ['true', ['true'], 0],
    ['false', ['false'], 1],
    ['exit 125', ['sh', '-c', 'exit 125'], 125],
    ['a file that is not executable', ['/etc/passwd'], 126],
    ['a program that is not there', ['/no/such/program'], 127],
    ['a program killed by SIGKILL', ['sh', '-c', 'kill -9 $$'], 137],
  ] as const) {
    await t.test(`ends with ${expected} for ${what}`, async (t) => {
      const { code, stderr } = await run('--rm', ...(what.includes('SIGKILL') ? ['--init'] : []), IMAGE, ...argv);
      t.equal(code, expected, stderr);
    });
  }

  await t.test('hands 2 MB through stdin and stdout, byte for byte', async (t) => {
    const input = randomBytes(2 << 20);
    const { code, stdout } = await podman.run([...global, 'run', '--rm', '-i', IMAGE, 'cat'], { input });
    t.equal(code, 0);
    t.ok(stdout.equals(input), `${stdout.length} of ${input.length} bytes`);
  });

  await t.test('prints 2 MB of a container that ends immediately, byte for byte', async (t) => {
    const { code, stdout } = await run('--rm', IMAGE, 'sh', '-c', 'yes 0123456789abcde | head -c 2097152');
    t.equal(code, 0);
    t.equal(stdout.toString(), '0123456789abcde\n'.repeat(131072));
  });

  await t.test('-it gives a terminal as large as that of the caller', needs('script'), async (t) => {
    const words = podman.words([...global, 'run', '--rm', '-it', IMAGE, 'sh', '-c', `tty; ${printSize(33, 77)}`]);
    const { code, text } = await command(onTerminal(words, 33, 77), { env: podman.env() });
    t.equal(code, 0);
    t.match(text, /\/dev\/(pts\/0|console)\r\n/);
    t.match(text, /33 77\r\n/);
  });

  await t.test('-it ends with the status of the container', needs('script'), async (t) => {
    const words = podman.words([...global, 'run', '--rm', '-it', IMAGE, 'sh', '-c', 'exit 9']);
    t.equal((await command(onTerminal(words, 24, 80), { env: podman.env() })).code, 9);
  });

  await t.test('--timeout kills the container; podman ends with 255', async (t) => {
    const started = performance.now();
    const { code } = await run('--name', 'late', '--timeout', '1', IMAGE, 'sleep', '60');
    t.equal(code, 255);
    t.ok(performance.now() - started < 15_000);
    // Podman 5 does not wait for the clean-up.
    const state = (): Promise<string> => podman.inspect('late', '{{.State.ExitCode}} {{.State.Status}}');
    await until('the clean-up', async () => (await state()) !== '-1 stopped');
    t.equal(await state(), '-1 exited');
    await podman.ok('rm', 'late');
  });

  await t.test('--preserve-fds hands descriptors to the container', async (t) => {
    const { code, text, stderr } = await podman.run(
      [
        ...global,
        'run',
        '--rm',
        '--preserve-fds',
        '1',
        IMAGE,
        'sh',
        '-c',
        'readlink /proc/self/fd/3; ls /proc/self/fd',
      ],
      { inherited: [0] },
    );
    t.equal(code, 0, stderr);
    t.match(text, /^\/dev\/null\n/);
  });

  await t.test('--log-driver none leaves no log', async (t) => {
    t.equal((await run('--name', 'silent', '--log-driver', 'none', IMAGE, 'echo', 'hello')).text, 'hello\n');
    t.not((await podman.run(['logs', 'silent'])).code, 0);
    await podman.ok('rm', 'silent');
  });

  await t.test('--log-driver passthrough gives the container our own descriptors', async (t) => {
    const { code, text, stderr } = await run(
      '--rm',
      '--log-driver',
      'passthrough',
      IMAGE,
      'sh',
      '-c',
      'echo out; echo err >&2',
    );
    t.equal(code, 0);
    t.equal(text, 'out\n');
    t.match(stderr, /err\n/);
  });

  await t.test('--rm leaves nothing: no container, no process, no mount, no exit file', async (t) => {
    await until('the end of earlier processes', () => processesOf(podman.dir).length === 0);
    t.equal((await run('--rm', IMAGE, 'true')).code, 0);
    await until('the end of all processes', () => processesOf(podman.dir).length === 0);
    t.equal(await podman.ok('ps', '--all', '--quiet'), '');
    t.same(podman.mounts(), []);
    t.same(readdirSync(`${podman.dir}/tmp/exits`), []);
  });

  await t.test('a container that cannot be created leaves no process', async (t) => {
    t.equal((await run('--rm', IMAGE, '/no/such/program')).code, 127);
    await until('the end of all processes', () => processesOf(podman.dir).length === 0);
    t.equal(await podman.ok('ps', '--all', '--quiet'), '');
  });
}
