/**
 * `npm run picture`: records a session of the real commands in a terminal, and draws it for the README. As root, with Podman.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { draw } from './draw.mjs';
import { record } from './record.mjs';
import { at, isInPath, isMain, Problem, runMain } from '../../scripts/project.mjs';

/** @import { Typed } from './record.mjs' */

const PICTURE = at('docs', 'pictures', 'session.svg');
/** Debian's; it must need no libraries. */
const BUSYBOX = '/usr/bin/busybox';

/** @type {readonly Typed[]} */
export const COMMANDS = [
  { line: `podman run -d --name web busybox sh -c 'while sleep 0.2; do echo "GET /"; done'`, pause: 1500 },
  { line: 'conmonctl ps' },
  { line: 'conmonctl logs web --tail 3 --timestamps' },
  { line: 'conmonctl stats' },
  { line: 'podman rm -f -t 0 web' },
];

/**
 * A Podman with our monitor, an image, and storage of its own, so that nothing of the machine shows.
 * @param {string} directory an empty one
 * @returns {Promise<Record<string, string>>} the environment of its commands
 */
async function setUpPodman(directory) {
  const place = (/** @type {string} */ name) => join(directory, name);
  for (const path of ['static', 'tmp', 'volumes', 'rootfs/bin']) await mkdir(place(path), { recursive: true });
  await copyFile(BUSYBOX, place('rootfs/bin/busybox'));
  for (const command of ['sh', 'sleep']) await symlink('busybox', place(`rootfs/bin/${command}`));
  const environment = { CONTAINERS_CONF: place('containers.conf'), CONTAINERS_STORAGE_CONF: place('storage.conf') };
  await writeFile(
    environment.CONTAINERS_CONF,
    `[containers]
log_driver = "k8s-file"
netns = "none"
default_ulimits = ["nofile=1024:1024", "nproc=32768:32768"]
[engine]
cgroup_manager = "cgroupfs"
conmon_path = ["${at('dist', 'native', 'conmon')}"]
events_logger = "file"
runtime = "runc"
static_dir = "${place('static')}"
tmp_dir = "${place('tmp')}"
volume_path = "${place('volumes')}"
[network]
network_backend = "netavark"
`,
  );
  const storage = `[storage]\ndriver = "vfs"\ngraphroot = "${place('storage')}"\nrunroot = "${place('run')}"\n`;
  await writeFile(environment.CONTAINERS_STORAGE_CONF, storage);
  const input = execFileSync('tar', ['-C', place('rootfs'), '-c', '.'], { maxBuffer: 2 ** 26 });
  const env = { ...process.env, ...environment };
  execFileSync('podman', ['import', '--quiet', '-', 'docker.io/library/busybox'], { input, env });
  return environment;
}

async function main() {
  if (!existsSync(BUSYBOX) || !(await isInPath('podman')) || !(await isInPath('runc'))) {
    throw new Problem('the session runs a container of Podman: apt-get install podman runc busybox-static');
  }
  const directory = await mkdtemp(join(tmpdir(), 'conmon-picture-'));
  try {
    const environment = await setUpPodman(directory);
    await writeFile(PICTURE, draw(await record(COMMANDS, directory, environment)));
    console.log(`drew ${PICTURE}`);
    return 0;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

if (isMain(import.meta.url)) await runMain(main);
