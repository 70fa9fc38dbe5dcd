import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { type Result, command } from '../support/command.js';
import { needs } from '../support/needs.js';
import { IMAGE, Podman } from '../support/podman.js';
import { cmdline } from '../support/proc.js';
import { processesOf } from '../support/scene.js';
import { onTerminal, printSize } from '../support/terminal.js';
import { until } from '../support/wait.js';

const MISSING = needs('root', 'podman', 'busybox', 'unshare', 'nsenter');

void t.test('podman exec', MISSING, async (t) => {
  const podman = await Podman.setUp();
  t.teardown(() => podman.tearDown());
  for (const runtime of ['crun', 'runc'] as const) {
    await t.test(runtime, needs(runtime), async (t) => {
      const id = await podman.ok('--runtime', runtime, 'run', '--detach', '--init', IMAGE, 'sleep', '1000');
      await suite(t, podman, ['--runtime', runtime], id);
      await podman.ok('rm', '--force', '--time', '0', id);
    });
  }
});

async function suite(t: Test, podman: Podman, global: readonly string[], id: string): Promise<void> {
  const exec = (...args: readonly string[]): Promise<Result> => podman.run([...global, 'exec', ...args]);

  for (const [what, argv, expected] of [
    ['true', ['true'], 0],
    ['false', ['false'], 1],
    ['exit 5', ['sh', '-c', 'exit 5'], 5],
    ['exit 255', ['sh', '-c', 'exit 255'], 255],
    ['a program killed by SIGTERM', ['sh', '-c', 'kill -15 $$'], 143],
    ['a program that is not there', ['/no/such/program'], 127],
    ['a directory', ['/etc'], 126],
  ] as const) {
    await t.test(`ends with ${expected} for ${what}`, async (t) => {
      const { code, stderr } = await exec(id, ...argv);
      // Since 1.1.12 runc has words for it that Podman 5 does not know.
      const isUnknown = /: is a directory/.test(stderr);
      t.equal(code, isUnknown ? 255 : expected, stderr);
      if (isUnknown) return;
      if (expected === 126 || expected === 127) t.match(stderr, /no such file|permission denied|not found/i);
    });
  }

  await t.test('keeps stdout and stderr apart', async (t) => {
    const { code, text, stderr } = await exec(id, 'sh', '-c', 'echo out; echo err >&2');
    t.strictSame({ code, text, stderr }, { code: 0, text: 'out\n', stderr: 'err\n' });
  });

  await t.test('hands 2 MB through stdin and stdout, byte for byte', async (t) => {
    const input = randomBytes(2 << 20);
    const { code, stdout } = await podman.run([...global, 'exec', '-i', id, 'cat'], { input });
    t.equal(code, 0);
    t.ok(stdout.equals(input), `${stdout.length} of ${input.length} bytes`);
  });

  await t.test('hands stdin on in whole blocks of 512 bytes', async (t) => {
    writeFileSync(`${podman.dir}/blocks`, Buffer.alloc(512 * 3000, 'x'));
    const stdin = openSync(`${podman.dir}/blocks`, 'r');
    t.teardown(() => closeSync(stdin));
    const { stderr } = await podman.run([...global, 'exec', '-i', id, 'dd', 'bs=512', 'of=/dev/null'], { stdin });
    t.match(stderr, /3000\+0 records in/);
  });

  for (const size of [0, 1, 8191, 8192, 8193, 65535, 65536, 65537, 500_000]) {
    await t.test(`prints ${size} bytes of a command that ends immediately`, async (t) => {
      t.equal((await exec(id, 'head', '-c', String(size), '/dev/zero')).stdout.length, size);
    });
  }

  await t.test('twenty commands that end immediately: each has its own status', async (t) => {
    for (let round = 0; round < 20; round++) {
      t.equal((await exec(id, 'sh', '-c', `exit ${round}`)).code, round);
    }
  });

  await t.test('a command in the background does not delay the end', async (t) => {
    const started = performance.now();
    const { code, text } = await exec(id, 'sh', '-c', 'sleep 20 >/dev/null 2>&1 & echo done');
    t.strictSame({ code, text }, { code: 0, text: 'done\n' });
    t.ok(performance.now() - started < 10_000);
  });

  await t.test('-it gives a terminal as large as that of the caller', needs('script'), async (t) => {
    const words = podman.words([...global, 'exec', '-it', id, 'sh', '-c', `tty; ${printSize(21, 99)}; exit 3`]);
    const { code, text } = await command(onTerminal(words, 21, 99), { env: podman.env() });
    t.equal(code, 3);
    t.match(text, /\/dev\/pts\/\d+\r\n/);
    t.match(text, /21 99\r\n/);
  });

  await t.test('--detach leaves when the command runs', async (t) => {
    const session = await podman.ok(...global, 'exec', '--detach', id, 'sh', '-c', 'echo here > /tmp/mark; sleep 0.2');
    t.match(session, /^[0-9a-f]{64}$/);
    await until('the mark', async () => (await exec(id, 'cat', '/tmp/mark')).text === 'here\n');
  });

  await t.test('a health check is an exec: healthy, then unhealthy', async (t) => {
    const healthy = ['--health-cmd', 'test ! -e /tmp/sick', '--health-interval', 'disable', '--health-retries', '1'];
    const patient = await podman.ok(...global, 'run', '--detach', '--init', ...healthy, IMAGE, 'sleep', '1000');
    t.equal((await podman.run([...global, 'healthcheck', 'run', patient])).code, 0);
    t.equal((await exec(patient, 'touch', '/tmp/sick')).code, 0);
    t.equal((await podman.run([...global, 'healthcheck', 'run', patient])).code, 1);
    await podman.ok('rm', '--force', '--time', '0', patient);
  });

  await t.test('no session leaves a process or its files behind', async (t) => {
    await until('the end of all sessions', () => {
      const sessions = processesOf(podman.dir).filter((pid) => cmdline(pid).includes('--exec-process-spec'));
      return sessions.length === 0;
    });
    t.notOk(existsSync(`${podman.dir}/root/overlay-containers/${id}/userdata/exec`));
  });
}
