/** A container without a bundle that somebody has written. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { Container, run, type RunOptions } from '../../../ts/node/index.js';
import { container } from '../../support/container.js';
import { needs } from '../../support/needs.js';
import { scene, type Scene } from '../../support/scene.js';
import { within } from '../../support/wait.js';
import { sh, withTemporary } from './prepared.js';

type Rest = Omit<RunOptions, 'rootfs' | 'args'>;

function shell(
  t: Test,
  name: 'crun' | 'runc',
): { s: Scene; start: (command: string, rest?: Rest) => Promise<Container> } {
  const s = scene(t);
  withTemporary(t, s.dir);
  const { runtime, options } = container(t, s, name, sh('true'));
  const common = {
    rootfs: `${s.bundle}/rootfs`,
    runtime,
    runtimeArg: options.filter((word) => word !== '--runtime-arg'),
  };
  return { s, start: (command, rest) => run({ ...common, args: ['/bin/sh', '-c', command], ...rest }) };
}

async function output(made: Container): Promise<string> {
  let text = '';
  for await (const record of made.log({ follow: true })) text += `${record.text.toString()}\n`;
  return text;
}

for (const name of ['crun', 'runc'] as const) {
  t.test(`${name}: the command gets what was requested`, needs(name, 'root'), async (t) => {
    const { s, start } = shell(t, name);
    const data = `${s.dir}/data`;
    mkdirSync(data);
    writeFileSync(`${data}/file`, 'mounted');
    const made = await start(
      'echo "$X|$container|$(pwd)|$(id -u):$(id -g)|$(hostname)|$(cat /data/file)|$$"; echo no 2>/dev/null >/data/new || exit 3',
      {
        env: { X: 'y z' },
        cwd: '/bin',
        user: { uid: 1000, gid: 1000 },
        mounts: [{ source: data, destination: '/data', readOnly: true }],
        hostname: 'ship',
        log: 'json-file',
      },
    );
    t.equal(await within('its output', output(made)), 'y z|conmon-node|/bin|1000:1000|ship|mounted|1\n');
    t.match(await made.wait(), { status: 3 });
    const [log] = made.logs;
    t.match(log, { kind: 'file', format: 'json-file', path: `${made.directory}/ctr.log` });
    t.match(readFileSync(`${made.directory}/ctr.log`, 'utf8'), /^\{"log":/);
    t.match(await (await Container.open(made.cid)).wait(), { status: 3 });
    await made.delete();
    t.same(
      readdirSync(s.dir).filter((file) => file.startsWith('conmon-node-')),
      [],
    );
  });
}

t.test('a tmpfs, and a terminal', needs('runc', 'root'), async (t) => {
  const { start } = shell(t, 'runc');
  const mounts = [{ source: 'tmpfs', destination: '/scratch', type: 'tmpfs', options: ['size=64k'] }];
  const made = await start('[ -t 1 ] && echo terminal; grep -c " /scratch tmpfs" /proc/mounts', {
    mounts,
    terminal: true,
  });
  t.equal(await within('its output', output(made)), 'terminal\r\n1\r\n');
  await made.delete();
});

t.test('a missing root file system is named, and nothing is left', needs('runc', 'root'), async (t) => {
  const { s, start } = shell(t, 'runc');
  await t.rejects(start('true', { cwd: '/', ...{ rootfs: '/nonexistent' } }), {
    name: 'BundleError',
    message: 'cannot use the root file system /nonexistent: no such file or directory',
  });
  await t.rejects(start('true', { mounts: [{ source: '/nonexistent', destination: '/x' }] }), {
    name: 'RuntimeError',
    message: /nonexistent/,
  });
  t.same(
    readdirSync(s.dir).filter((file) => file.startsWith('conmon-node-')),
    [],
  );
});
