/** More clients than the monitor has descriptors for. */
import { execFileSync } from 'node:child_process';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { attach } from '../support/attach.js';
import { sleeps } from '../support/idle.js';
import { launch } from '../support/monitor.js';
import { descriptors } from '../support/proc.js';
import { scene } from '../support/scene.js';
import { betterThanCNeeds } from '../support/target.js';

void t.test(
  'a client without a free descriptor waits until another disconnects, then gets all output; the monitor sleeps',
  betterThanCNeeds('2.1.6 spins', 'socat', 'prlimit'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'echo all; exit 4' });
    const run = launch(t, s, createArguments(s, runtime.path));
    await run.started();
    const monitor = await run.pid();
    const first = await attach(t, `${s.bundle}/attach`);
    await sleeps(t, monitor);
    const limit = Math.max(...descriptors(monitor).keys()) + 1;
    execFileSync('prlimit', ['--pid', String(monitor), `--nofile=${limit}:${limit}`]);
    // The kernel connects it; the monitor cannot take it.
    const second = await attach(t, `${s.bundle}/attach`);
    await sleeps(t, monitor);
    first.vanish();
    await sleeps(t, monitor);
    await runtime.start();
    await second.expect(2, /^all\n$/);
    await second.closed();
    t.equal(await run.finished(), '4');
  },
);
