/** `conmonctl run -d`, `exec`, `kill`, `rm`: a container from its start to its removal, by commands that know nothing of each other. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import t from 'tap';
import { onTerminal } from '../../support/terminal.js';
import { until } from '../../support/wait.js';
import { CONMONCTL, leftovers, makeRootfs, MONITORS, skipWithout } from '../live.js';
import { Ctl, FOREVER } from './ctl.js';

const rootfs = makeRootfs(t.testdir({}));

for (const monitor of MONITORS) {
  const needed = skipWithout(monitor, 'runc', 'busybox');

  void t.test(`run -d leaves it running, and other commands find it (${monitor.name})`, needed, async (t) => {
    const ctl = new Ctl(t, monitor.path, rootfs);
    t.match(ctl.call(['run', '-d', ...ctl.runWords([], FOREVER)]), { status: 0, stdout: `${ctl.id}\n`, stderr: '' });
    await ctl.ready();
    t.match(ctl.call(['ps', '--no-trunc']).stdout, new RegExp(`^${ctl.id} .*running`, 'm'));
    const shell = (script: string, ...options: readonly string[]): readonly string[] => [
      'exec',
      ...options,
      ctl.id,
      '--',
      '/bin/sh',
      '-c',
      script,
    ];
    t.match(ctl.call(shell('echo out; echo err >&2; exit 9')), { status: 9, stdout: 'out\n', stderr: 'err\n' });
    t.match(ctl.call(shell('cat', '-i'), 'to the last byte'), { status: 0, stdout: 'to the last byte' });
    t.match(ctl.call(shell('cat'), 'nothing'), { status: 0, stdout: '' }, 'without -i there is no input');
    t.match(ctl.call(shell('echo "$A|$(pwd)|$(id -u):$(id -g)"', '-e', 'A=b c', '--cwd', '/bin', '-u', '5:6')), {
      stdout: 'b c|/bin|5:6\n',
    });
    t.match(ctl.call(shell('[ -t 1 ] && echo terminal', '-t')), { status: 0, stdout: 'terminal\r\n' });
    t.match(ctl.call(shell('sleep 60', '--timeout', '1')), { status: 255, stderr: /killed after 1 s/ });
    t.match(ctl.call(['exec', ctl.id, 'id', '-u']), { status: 125 }, 'options of the command come after --');
    t.match(ctl.call(['exec', ctl.id, 'nosuch']), { status: 127, stderr: /the command was not executed: .*nosuch/ });
    t.match(ctl.call(['kill', '--signal', 'nosuch', ctl.id]), { status: 125, stderr: /unknown signal "nosuch"/ });
    t.match(ctl.call(['kill', '-s', 'TERM', ctl.id]), { status: 0, stdout: `${ctl.id}\n` });
    await until('its end', () => /has exited/.test(ctl.call(['exec', ctl.id, 'id']).stderr));
    t.match(ctl.call(['kill', ctl.id]), { status: 125, stderr: /cannot kill the container .*: it has exited/ });
    t.equal(ctl.call(['logs', ctl.id]).stdout, 'ready\n', 'its log is still found');
    const completions = ctl.call(['--get-yargs-completions', 'conmonctl', 'rm', 'conmonctl-']).stdout.split('\n');
    t.ok(completions.includes(ctl.id), 'it can still be completed');
    t.match(ctl.call(['rm', ctl.id]), { status: 0, stdout: `${ctl.id}\n`, stderr: '' });
    t.same(await leftovers(ctl.id, ctl.temporary), [], 'nothing remains');
    t.match(ctl.call(['rm', ctl.id]), { status: 1, stderr: /cannot remove the container/ });
  });

  void t.test(`run -di leaves its input to those who attach (${monitor.name})`, needed, async (t) => {
    const ctl = new Ctl(t, monitor.path, rootfs);
    const command = ['/bin/sh', '-c', 'read -r line; echo "got $line"; exit 5'];
    t.equal(ctl.call(['run', '-di', ...ctl.runWords([], command)]).status, 0);
    t.match(ctl.call(['attach', ctl.id], 'typed\n'), { status: 5, stdout: 'got typed\n' });
    t.equal(ctl.call(['rm', ctl.id]).status, 0);
    t.same(await leftovers(ctl.id, ctl.temporary), []);
  });

  void t.test(`rm ends a running container (${monitor.name})`, needed, async (t) => {
    const ctl = new Ctl(t, monitor.path, rootfs);
    t.equal(ctl.call(['run', '-d', ...ctl.runWords([], FOREVER)]).status, 0);
    t.match(ctl.call(['rm', 'nosuch', ctl.id]), { status: 1, stdout: `${ctl.id}\n` }, 'the others are removed');
    t.same(await leftovers(ctl.id, ctl.temporary), []);
  });

  void t.test(
    `--log chooses where the output goes, and it is shown all the same (${monitor.name})`,
    needed,
    async (t) => {
      const ctl = new Ctl(t, monitor.path, rootfs);
      const file = `${ctl.temporary}/file.log`;
      for (const [log, pattern] of [
        [`k8s-file:${file}`, / stdout F shown\n$/],
        ...(monitor.path.startsWith('/usr') ? [] : ([[`json-file:${file}`, /^\{"log":"shown\\n"/]] as const)),
        ['none', undefined],
      ] as const) {
        const { status, stdout } = ctl.call([
          'run',
          '--log',
          log,
          ...ctl.runWords([], ['/bin/sh', '-c', 'echo shown; exit 3']),
        ]);
        t.strictSame([status, stdout], [3, 'shown\n'], log);
        if (pattern !== undefined) t.match(readFileSync(file, 'utf8'), pattern);
        rmSync(file, { force: true });
      }
      t.same(await leftovers(ctl.id, ctl.temporary), []);
    },
  );
}

void t.test('a shell in a terminal', skipWithout(MONITORS[0], 'runc', 'busybox', 'script'), async (t) => {
  const ctl = new Ctl(t, MONITORS[0].path, rootfs);
  t.equal(ctl.call(['run', '-d', ...ctl.runWords([], FOREVER)]).status, 0);
  const words = [CONMONCTL, 'exec', '-it', ctl.id, '--', '/bin/sh', '-c', 'read -r line; echo "<$line>"; exit 9'];
  const [program = '', ...args] = onTerminal(words, 31, 97);
  const child = spawn(program, args, { env: ctl.env });
  let shown = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => (shown += text));
  const ended = new Promise((resolve) => child.once('close', resolve));
  // Typed before the shell reads, it waits in the terminal.
  child.stdin.write('typed\r');
  await until('an answer', () => shown.includes('<typed>'));
  t.equal(await ended, 9);
});

void t.test('a command whose output nobody reads is killed', skipWithout(MONITORS[0], 'runc', 'busybox'), async (t) => {
  const ctl = new Ctl(t, MONITORS[0].path, rootfs);
  t.equal(ctl.call(['run', '-d', ...ctl.runWords([], FOREVER)]).status, 0);
  const command = `'${CONMONCTL}' exec ${ctl.id} -- /bin/sh -c 'while :; do echo y; done' | head -1`;
  t.equal(execFileSync('/bin/sh', ['-c', command], { env: ctl.env, encoding: 'utf8', timeout: 60_000 }), 'y\n');
  const [directory = ''] = readdirSync(ctl.temporary);
  await until(
    'the end of the session',
    () => !readdirSync(`${ctl.temporary}/${directory}`).some((name) => name.startsWith('exec-')),
  );
  t.ok(existsSync(`${ctl.temporary}/${directory}/container.json`));
});
