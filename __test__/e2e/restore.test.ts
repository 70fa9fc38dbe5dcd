/** Restored containers: they run as soon as the runtime has exited, without `start`. */
import { mkdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { createArguments, legacyArguments } from '../support/arguments.js';
import { container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { scene } from '../support/scene.js';

for (const [who, write, extra, key] of [
  ['Podman', createArguments, ['--runtime-opt', '--tcp-established', '--runtime-opt', '--file-locks'], 'data'],
  [
    'CRI-O',
    legacyArguments,
    ['--runtime-opt', '--lsm-profile=selinux:a:b:c', '--runtime-opt', '--lsm-mount-context=system_u:object_r:x'],
    'pid',
  ],
] as const) {
  void t.test(`--restore as ${who} requests it: pid, output, status`, needs('miniruntime'), async (t) => {
    const s = scene(t);
    const image = `${s.dir}/checkpoint`;
    mkdirSync(image);
    const dump = `${s.dir}/calls`;
    const c = container(t, s, 'miniruntime', { args: ['/bin/sh', '-c', 'echo out; echo err >&2; exit 9'] });
    const run = launch(t, s, write(s, c.runtime, [...c.options, '--restore', image, ...extra]), {
      env: { MINIRUNTIME_DUMP: dump },
    });
    const message = await run.sync.message();
    t.ok(Number(message[key]) > 1, JSON.stringify(message));
    t.equal(await run.finished(), '9', 'without a start');
    t.equal(joined(readLog(s.log), 'stdout'), 'out\n');
    t.equal(joined(readLog(s.log), 'stderr'), 'err\n');
    const { argv } = JSON.parse(readFileSync(dump, 'utf8').split('\n')[0] ?? '') as { argv: string[] };
    const given = extra.filter((word) => word !== '--runtime-opt');
    t.same(argv.slice(argv.indexOf(s.pidfile) + 1), [
      '--detach',
      '--image-path',
      image,
      '--work-path',
      s.bundle,
      ...given,
      s.cid,
    ]);
  });
}

void t.test(
  'a checkpoint that cannot be restored: -1 and the words of the runtime',
  needs('miniruntime'),
  async (t) => {
    const s = scene(t);
    const c = container(t, s, 'miniruntime', { args: ['/no/such/program'] });
    const run = launch(t, s, createArguments(s, c.runtime, [...c.options, '--restore', `${s.dir}/checkpoint`]));
    const message = await run.sync.message();
    t.equal(message['data'], -1);
    t.match(message['message'], /no\/such\/program/);
  },
);
