/** A root file system with one static busybox. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { missing, which } from './needs.js';

/** Fills a directory; its parent must exist. */
export function makeRootfs(directory: string): void {
  const busybox = which('busybox');
  if (busybox === undefined) throw new Error(missing('busybox'));
  for (const sub of ['', 'bin', 'dev', 'etc', 'proc', 'sys', 'tmp', 'run', 'root']) {
    mkdirSync(`${directory}/${sub}`, { recursive: true });
  }
  copyFileSync(busybox, `${directory}/bin/busybox`);
  const applets = execFileSync(busybox, ['--list-full'], { encoding: 'utf8' }).split('\n');
  for (const applet of applets.filter((path) => path !== '' && path !== 'bin/busybox')) {
    mkdirSync(dirname(`${directory}/${applet}`), { recursive: true });
    symlinkSync('/bin/busybox', `${directory}/${applet}`);
  }
  writeFileSync(`${directory}/etc/passwd`, 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n');
  writeFileSync(`${directory}/etc/group`, 'root:x:0:\nuser:x:1000:\n');
}
