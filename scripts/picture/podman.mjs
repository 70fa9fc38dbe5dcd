/**
 * A Podman for the session: with our monitor, an image, and storage of its own, so that nothing of the machine shows.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeRootfs } from '../static-busybox.mjs';
import { at } from '../project.mjs';

/**
 * @param {string} directory an empty one
 * @param {string} busybox a static one
 * @returns {Promise<Record<string, string>>} what has to be in the environment of its commands
 */
export async function setUpPodman(directory, busybox) {
  const place = (/** @type {string} */ name) => join(directory, name);
  await makeRootfs(busybox, place('rootfs'));
  for (const folder of ['static', 'tmp', 'volumes']) await mkdir(place(folder));
  await writeFile(place('containers.conf'), configuration(place));
  await writeFile(place('storage.conf'), storage(place));
  const environment = { CONTAINERS_CONF: place('containers.conf'), CONTAINERS_STORAGE_CONF: place('storage.conf') };
  const input = execFileSync('tar', ['-C', place('rootfs'), '-c', '.'], { maxBuffer: 2 ** 26 });
  const env = { ...process.env, ...environment };
  execFileSync('podman', ['import', '--quiet', '-', 'docker.io/library/busybox'], { input, env });
  return environment;
}

/** @param {(name: string) => string} place */
function configuration(place) {
  return `[containers]
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
`;
}

/** @param {(name: string) => string} place */
function storage(place) {
  return `[storage]
driver = "vfs"
graphroot = "${place('storage')}"
runroot = "${place('run')}"
`;
}
