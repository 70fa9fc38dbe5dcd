/**
 * Podman's REST API, with one of the monitors. Storage and mounts are private.
 * @module
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { ownRun } from './namespace.mjs';
import { callApi } from './podman-api.mjs';
import { killAll, monitorsIn, which } from './processes.mjs';
import { until } from './world.mjs';

/** @import { ChildProcess } from 'node:child_process' */
/** @import { Namespace } from './namespace.mjs' */
/** @import { World } from './world.mjs' */

const PROGRAMS = ['podman', 'crun', 'busybox', 'unshare', 'nsenter'];
/** In the namespace: Podman allows at most 50 characters. */
const RUNROOT = '/run/podman';
const CONFIGURATION = `[containers]
netns = "none"
pids_limit = 0
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
[network]
network_backend = "netavark"
`;

/** Whether everything is installed. */
export function hasPodman() {
  return PROGRAMS.every((program) => which(program) !== undefined);
}

export class Podman {
  #world;
  #dir;
  #namespace;
  #command;
  /** @type {ChildProcess | undefined} */
  #service;

  /**
   * @param {World} world
   * @param {string} dir
   * @param {Namespace} namespace
   * @param {string} monitor
   */
  constructor(world, dir, namespace, monitor) {
    this.#world = world;
    this.#dir = dir;
    this.#namespace = namespace;
    const places = ['--root', `${dir}/root`, '--runroot', RUNROOT, '--tmpdir', `${dir}/tmp`];
    const kinds = ['--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs', '--events-backend', 'file'];
    this.#command = [...namespace.prefix, 'podman', ...places, ...kinds, '--runtime', 'crun', '--conmon', monitor];
  }

  /**
   * Starts the service.
   * @param {World} world
   * @param {string} name of the monitor
   */
  static async start(world, name) {
    const dir = `${world.dir}/podman-${name}`;
    for (const directory of ['', '/root', '/tmp', '/rootfs']) mkdirSync(`${dir}${directory}`);
    writeFileSync(`${dir}/containers.conf`, CONFIGURATION);
    fillRootfs(`${dir}/rootfs`);
    const podman = new Podman(world, dir, await ownRun(RUNROOT), world.tools.monitors[name] ?? '');
    try {
      await podman.#serve();
    } catch (error) {
      await podman.stop();
      throw error;
    }
    return podman;
  }

  async #serve() {
    const [program = '', ...words] = [...this.#command, 'system', 'service', '--time', '0', `unix://${this.#socket}`];
    const service = spawn(program, words, { env: this.#environment, stdio: 'ignore' });
    this.#service = service;
    await until(() => {
      if (service.exitCode !== null) throw new Error(`podman system service: status ${service.exitCode}`);
      return this.call('GET', '/_ping').then(Boolean, () => false);
    });
  }

  get #socket() {
    return `${this.#dir}/api.sock`;
  }

  get #environment() {
    return { ...process.env, CONTAINERS_CONF: `${this.#dir}/containers.conf` };
  }

  /**
   * A request to the API.
   * @param {string} method
   * @param {string} path
   * @param {object} [content]
   */
  call(method, path, content) {
    return callApi(this.#socket, method, path, content);
  }

  /**
   * Runs a command to its end.
   * @param {readonly string[]} args
   */
  run(args) {
    const [program = '', ...words] = [...this.#command, ...args];
    return execFileSync(program, words, { env: this.#environment, encoding: 'utf8' }).trimEnd();
  }

  /** Starts a container; returns its id. */
  container() {
    const options = ['--detach', '--log-driver', 'k8s-file', '--rootfs', `${this.#dir}/rootfs`];
    return this.run(['run', ...options, 'sleep', '3600']);
  }

  /** The processes of its monitors. */
  monitors() {
    return monitorsIn(this.#world, this.#dir);
  }

  /** Removes the containers and ends everything. */
  async stop() {
    this.run(['rm', '--force', '--all', '--time', '0']);
    const service = this.#service;
    if (service?.exitCode === null) {
      const ended = once(service, 'exit');
      service.kill('SIGTERM');
      await ended;
    }
    await killAll(this.#dir);
    this.#namespace.leave();
  }
}

/** @param {string} directory */
function fillRootfs(directory) {
  for (const name of ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp', 'run']) mkdirSync(`${directory}/${name}`);
  copyFileSync(which('busybox') ?? '', `${directory}/bin/busybox`);
  for (const applet of ['sh', 'sleep']) symlinkSync('busybox', `${directory}/bin/${applet}`);
}
