/** The targets of signals: the container and its group, and never a process that our runtime did not create. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { isAlive, stat } from '../support/proc.js';
import { processesOf, scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

void t.test(
  'a time limit kills a container that is in our own process group, and not the group',
  betterThanC('2.1.6 kills itself, and writes no exit file'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { instead: 'sleep 60 & printf %s $! > "$pidfile"' });
    const run = launch(t, s, createArguments(s, runtime.path, ['--timeout', '1']));
    const container = await run.started();
    t.equal(stat(container)?.group, await run.pid());
    t.equal(await run.finished(), '-1');
    t.notOk(isAlive(container));
  },
);

void t.test(
  'a time limit kills a container that is in group 1, and no other process',
  needs('root', 'unshare'),
  async (t) => {
    const s = scene(t);
    // The first process of a pid namespace, which leads group 1; what it starts before us is in that group.
    const first = `
sleep 60 & echo $! > '${s.dir}/container'
sleep 61 & witness=$!
"$@"
until [ -e '${s.exitFile}' ]; do sleep 0.02; done
kill -0 $witness && echo alive > '${s.dir}/verdict'
wait`;
    const prefix = ['unshare', '--pid', '--fork', '--mount-proc', 'setsid', '/bin/sh', '-c', first, 'sh'];
    const runtime = actor(s, {
      instead: `ps -o pgid= -p "$(cat '${s.dir}/container')" > '${s.dir}/group'
printf %s "$(cat '${s.dir}/container')" > "$pidfile"`,
    });
    const run = launch(t, s, createArguments(s, runtime.path, ['--timeout', '1']), { prefix });
    await run.sync.message();
    t.equal(readFileSync(`${s.dir}/group`, 'utf8').trim(), '1');
    await untilExists(s.exitFile);
    t.equal(readFileSync(s.exitFile, 'utf8'), '-1');
    await untilExists(`${s.dir}/verdict`);
    t.equal(readFileSync(`${s.dir}/verdict`, 'utf8'), 'alive\n');
  },
);

void t.test(
  'a time limit does not kill the group of a process that the runtime has not made',
  betterThanC('2.1.6 kills the whole group'),
  async (t) => {
    const s = scene(t);
    // It leads a group, like a container, but is not a descendant of the monitor.
    const stranger = spawn('sh', ['-c', `sleep 60 & echo $! > '${s.dir}/member'; : '${s.dir}'; wait`], {
      detached: true,
    });
    t.teardown(() => stranger.kill('SIGKILL'));
    await until('the member', () => /\n/.test(textOf(`${s.dir}/member`)));
    const member = Number(textOf(`${s.dir}/member`));
    t.teardown(() => process.kill(member, 'SIGKILL'));
    t.equal(stat(member)?.group, stranger.pid);
    const runtime = actor(s, { instead: `printf %s ${stranger.pid} > "$pidfile"` });
    const run = launch(t, s, createArguments(s, runtime.path, ['--timeout', '1']));
    await run.started();
    t.equal(await run.finished(), '-1');
    t.ok(isAlive(member));
  },
);

for (const [what, content] of [
  ['of the first process', '1'],
  ['of the monitor itself', '$PPID'],
] as const) {
  void t.test(`a pid file with the pid ${what} names no container`, betterThanC('2.1.6 takes it'), async (t) => {
    const s = scene(t);
    const runtime = actor(s, { instead: `printf %s "${content}" > "$pidfile"` });
    const run = launch(t, s, createArguments(s, runtime.path, ['--timeout', '1']));
    t.match(await run.sync.message(), { data: -1, message: /is not the pid of a container/ });
    await until('the end of all processes', () => processesOf(s.dir).length === 0);
  });
}

void t.test(
  'signals without end, from before the container to after its end, change nothing',
  betterThanC('2.1.6 sometimes ends without an exit file'),
  async (t) => {
    for (const signal of ['SIGTERM', 'SIGUSR1'] as const) {
      const s = scene(t);
      // What a shell ignores, what it starts ignores.
      const runtime = actor(s, {
        ungated: true,
        before: "trap '' TERM USR1; sleep 0.2",
        payload: 'sleep 0.3; exit 4',
      });
      const ran = `: > '${s.dir}/begun'; sleep 0.3; : > '${s.dir}/ran'`;
      const command = ['--exit-command', '/bin/sh', '--exit-command-arg', '-c', '--exit-command-arg', ran];
      const run = launch(t, s, createArguments(s, runtime.path, command));
      const monitor = await run.pid();
      // Not before the runtime ignores them, or it would end.
      await untilExists(`${s.dir}/runtime.pid`);
      await until('the trap', () =>
        /^SigIgn:\s*0*[1-9a-f]/m.test(statusOf(Number(readFileSync(`${s.dir}/runtime.pid`, 'utf8')))),
      );
      let sent = 0;
      const timer = setInterval(() => {
        if (!isAlive(monitor)) return;
        for (let one = 0; one < 20; one++) process.kill(monitor, signal);
        sent += 20;
      }, 1);
      t.teardown(() => clearInterval(timer));
      t.equal(await run.finished(), '4', signal);
      clearInterval(timer);
      t.ok(existsSync(`${s.dir}/ran`), 'the exit command ran to its end');
      t.ok(sent > 100, `${sent} signals`);
      t.same(processesOf(s.dir), []);
    }
  },
);

function statusOf(pid: number): string {
  return textOf(`/proc/${pid}/status`);
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
