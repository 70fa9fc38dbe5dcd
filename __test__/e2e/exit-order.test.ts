/** What happens at the end of a container, in which order: managers and file systems rely on it. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { isAlive } from '../support/proc.js';
import { scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until } from '../support/wait.js';

void t.test(
  'the exit is reported before the log is synced: a slow disk does not delay it',
  { ...needs('strace'), ...betterThanC('2.1.6 syncs first') },
  async (t) => {
    const s = scene(t);
    const trace = `${s.dir}/trace`;
    const runtime = actor(s, { payload: 'seq 1 1000' });
    const prefix = ['strace', '-D', '-f', '-e', 'trace=rename,renameat,renameat2,fsync,fdatasync', '-o', trace];
    const run = launch(t, s, createArguments(s, runtime.path), { prefix });
    await run.started();
    await runtime.start();
    await run.finished();
    const calls = readFileSync(trace, 'latin1').split('\n');
    const reported = calls.findIndex((call) => call.includes(`/exits/${s.cid}"`));
    const synced = calls.findIndex((call) => /f(data)?sync\(/.test(call));
    t.ok(reported >= 0 && reported < synced, `${reported} < ${synced}`);
  },
);

void t.test(
  'log and bundle are closed when the exit command removes them: NFS would keep them',
  betterThanC('2.1.6 keeps the FIFOs'),
  async (t) => {
    const s = scene(t);
    const script = `ls -l /proc/$PPID/fd > '${s.dir}/open'; rm -r '${s.bundle}' '${s.log}'`;
    const words = ['-c', script].flatMap((word) => ['--exit-command-arg', word]);
    const runtime = actor(s, { payload: 'echo x' });
    const run = launch(t, s, createArguments(s, runtime.path, ['--exit-command', '/bin/sh', ...words]));
    await run.started();
    const monitor = await run.pid();
    await runtime.start();
    await run.finished();
    await until('the end of the monitor', () => !isAlive(monitor));
    const open = readFileSync(`${s.dir}/open`, 'utf8');
    t.match(open, /-> \/dev\/null/, 'the list is that of the monitor');
    t.notMatch(open, s.bundle);
    t.notMatch(open, s.log);
  },
);
