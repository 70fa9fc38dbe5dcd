/** `conmonctl run --terminal`: what is typed at ours arrives in the container's, and its size follows. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import t, { type Test } from 'tap';
import { newRunId } from '../../../ts/ctl/run/container-id.js';
import { onTerminal, printSize } from '../../support/terminal.js';
import { until } from '../../support/wait.js';
import { CONMONCTL, leftovers, makeRootfs, MONITORS, Run, skipWithout } from '../live.js';

const rootfs = makeRootfs(t.testdir({}));

/** With a short name: the path of the console socket below it has at most 107 bytes. */
function shortDirectory(t: Test): string {
  const directory = mkdtempSync(`${tmpdir()}/ctl-`);
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

for (const monitor of MONITORS) {
  void t.test(
    `a shell in a terminal (${monitor.name})`,
    skipWithout(monitor, 'runc', 'busybox', 'script'),
    async (t) => {
      const [id, temporary] = [newRunId(), shortDirectory(t)];
      const options = ['--conmon', monitor.path, '--runtime', 'runc', '--rootfs', rootfs];
      const words = [
        CONMONCTL,
        'run',
        '-it',
        ...options,
        id,
        '--',
        '/bin/sh',
        '-c',
        `${printSize(31, 97)}; read -r line; echo "<$line>"; exit 9`,
      ];
      const [program = '', ...args] = onTerminal(words, 31, 97);
      const child = spawn(program, args, { env: { ...process.env, TMPDIR: temporary } });
      let shown = '';
      child.stdout.setEncoding('latin1').on('data', (text: string) => (shown += text));
      const ended = new Promise((resolve) => child.once('close', resolve));
      await until('the size', () => shown.includes('31 97'));
      child.stdin.write('typed\r');
      await until('an answer', () => shown.includes('<typed>'));
      t.equal(await ended, 9);
      t.match(shown, 'typed\r\n<typed>\r\n', 'echoed once, by the terminal in the container');
      t.same(await leftovers(id, temporary), []);
    },
  );

  void t.test(
    `--terminal without a terminal of the caller (${monitor.name})`,
    skipWithout(monitor, 'runc', 'busybox'),
    async (t) => {
      const [id, temporary] = [newRunId(), shortDirectory(t)];
      const options = ['--conmon', monitor.path, '--runtime', 'runc', '-t', '--rootfs', rootfs];
      const run = new Run(
        [...options, id, '--', '/bin/sh', '-c', '[ -t 0 ] && [ -t 1 ] && echo "$TERM"; exit 4'],
        temporary,
      );
      const { status, stdout, stderr } = await run.ended;
      t.strictSame([status, stderr], [4, '']);
      t.equal(stdout.toString(), `${process.env['TERM'] ?? 'xterm'}\r\n`);
    },
  );
}

void t.test('a bundle and --terminal must agree', async (t) => {
  const bundle = t.testdir({});
  for (const [terminal, options, advice] of [
    [true, [], /wants a terminal\n  Give --terminal/],
    [false, ['-t'], /wants no terminal\n  Leave --terminal out/],
  ] as const) {
    writeFileSync(`${bundle}/config.json`, JSON.stringify({ process: { terminal } }));
    const run = new Run([...options, '--runtime', '/bin/true', '--bundle', bundle], shortDirectory(t));
    t.match((await run.ended).stderr, advice);
  }
});
