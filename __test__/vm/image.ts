/** The file system of the virtual machines: monitors, runtimes, and a container's root. */
import { MACHINE } from '../support/vm-machine.js';
import { Image, script } from '../support/vm.js';

const MB = 1 << 20;

/** The runtime's configuration; the scenes rely on the memory size. */
const CONFIGURATION = {
  ociVersion: '1.0.2',
  process: { user: { uid: 0, gid: 0 }, args: ['/bin/sh', '/script'], env: ['PATH=/bin'], cwd: '/' },
  root: { path: 'rootfs' },
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['mode=755', 'size=64k'] },
    { destination: '/mem', type: 'tmpfs', source: 'tmpfs', options: ['size=64m'] },
  ],
  linux: { cgroupsPath: '/scene', namespaces: ['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type })) },
};
/** The machine has no swap. */
const LIMITED = { ...CONFIGURATION, linux: { ...CONFIGURATION.linux, resources: { memory: { limit: 24 * MB } } } };
const EXEC = { ...CONFIGURATION.process, args: ['/bin/sh', '-c', 'echo in; exit 6'] };

/** Packs it, with a script of this directory as its first process; returns the file. */
export function image(dir: string, init: string): string {
  const made = new Image(`${dir}/root`);
  made.write('/init', script(init), 0o755);
  made.write('/machine.sh', script('machine.sh'));
  for (const [path, json] of Object.entries({ plain: CONFIGURATION, limited: LIMITED, exec: EXEC }))
    made.write(`/${path}.json`, JSON.stringify(json));
  made.add(MACHINE.conmon, '/ours/conmon');
  const c = MACHINE.which('conmon');
  if (c !== undefined) made.add(c, '/c/conmon');
  for (const runtime of ['crun', 'runc']) made.add(MACHINE.which(runtime) ?? '', `/usr/bin/${runtime}`);
  made.add(MACHINE.which('busybox') ?? '', '/rootfs/bin/busybox');
  for (const directory of ['dev', 'proc', 'mem']) made.directory(`/rootfs/${directory}`);
  for (const applet of ['sh', 'dd', 'tail', 'sleep']) made.link(`/rootfs/bin/${applet}`, '/bin/busybox');
  made.pack(`${dir}/initrd`);
  return `${dir}/initrd`;
}
