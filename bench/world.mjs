/**
 * A directory on tmpfs for one measure, with a bundle and containers under either monitor.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded } from './proc.mjs';

/**
 * The compared programs.
 * @typedef {object} Tools
 * @property {Readonly<Record<string, string>>} monitors path by name, `ours` and `c`
 * @property {string} runtime the mini runtime
 * @property {string} harness
 * @property {boolean} quick
 * @property {string} place a directory, best on a tmpfs
 * @property {(text: string) => void} progress
 */

/**
 * @typedef {object} Container
 * @property {string} cid
 * @property {string} dir its bundle
 * @property {number} pid
 * @property {number} monitor pid
 */

/**
 * Deviations from the defaults.
 * @typedef {object} Special
 * @property {string} [log] as `--log-path` takes it
 * @property {boolean} [terminal]
 * @property {readonly string[]} [options] additional options of the monitor
 * @property {readonly string[]} [prefix] words before the command
 */

/** As Podman in a service gives it. The caller's own would be in the memory of each monitor, and change its size. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  USER: 'root',
  XDG_RUNTIME_DIR: '/run',
};

export class World {
  /** @type {number | undefined} the user who owns it, if not the current one */
  #user;
  #containers = /** @type {Container[]} */ ([]);

  /** @param {Tools} tools */
  constructor(tools) {
    this.tools = tools;
    this.dir = mkdtempSync(`${tools.place}/conmon-bench-`);
    for (const directory of ['exits', 'state']) mkdirSync(`${this.dir}/${directory}`, { mode: 0o700 });
  }

  /** The runtime's command. */
  get runtime() {
    return [this.tools.runtime, `--root=${this.dir}/state`];
  }

  /** The monitor's options for the same runtime. */
  get runtimeArguments() {
    return ['-r', this.tools.runtime, '--runtime-arg', `--root=${this.dir}/state`];
  }

  /**
   * Gives it to another user, with copies of the programs, since other users may not be able to read the checkout.
   * @param {number} user
   * @returns {readonly string[]} the words that prefix a command to run as this user
   */
  handTo(user) {
    const copy = (/** @type {string} */ name, /** @type {string} */ path) => {
      copyFileSync(path, `${this.dir}/${name}`);
      chmodSync(`${this.dir}/${name}`, 0o755);
      return `${this.dir}/${name}`;
    };
    const { tools } = this;
    const monitors = Object.fromEntries(Object.entries(tools.monitors).map(([name, path]) => [name, copy(name, path)]));
    const runtime = copy('runtime', tools.runtime);
    this.tools = { ...tools, monitors, runtime, harness: copy('harness', tools.harness) };
    for (const path of ['', '/exits', '/state']) chownSync(`${this.dir}${path}`, user, user);
    this.#user = user;
    return ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
  }

  /**
   * @param {string} name
   * @param {readonly string[]} args of the container
   * @param {boolean} [terminal]
   */
  bundle(name, args, terminal = false) {
    const dir = `${this.dir}/${name}`;
    mkdirSync(dir);
    const uid = this.#user ?? 0;
    const process = { terminal, user: { uid, gid: uid }, args, env: ['PATH=/usr/bin:/bin'], cwd: '/' };
    writeFileSync(`${dir}/config.json`, JSON.stringify({ ociVersion: '1.0.2', process, root: { path: '/' } }));
    if (this.#user !== undefined) chownSync(dir, uid, uid);
    return dir;
  }

  /**
   * Podman's arguments for a container; `cid` and `dir` may contain a placeholder for a number.
   * @param {string} cid
   * @param {string} dir the bundle
   * @param {string} log
   */
  arguments(cid, dir, log) {
    const files = [
      '-p',
      `${this.dir}/${cid}.pid`,
      '-P',
      `${this.dir}/${cid}.monitor`,
      '--exit-dir',
      `${this.dir}/exits`,
    ];
    const rest = ['--full-attach', '-l', log, '--log-level', 'error', '--no-sync-log', '-n', 'bench'];
    return ['--api-version', '1', '-c', cid, '-u', cid, ...this.runtimeArguments, '-b', dir, ...files, ...rest];
  }

  /**
   * Creates a container, which waits for {@link start}.
   * @param {string} name of the monitor
   * @param {string} cid
   * @param {readonly string[]} args
   * @param {Special} [special]
   * @returns {Promise<Container>}
   */
  async create(name, cid, args, { log, terminal = false, options = [], prefix = [] } = {}) {
    const monitor = this.tools.monitors[name] ?? '';
    const dir = this.bundle(cid, args, terminal);
    const words = this.arguments(cid, dir, log ?? `k8s-file:${dir}/log`);
    const [program = '', ...rest] = [...prefix, monitor, ...words, ...(terminal ? ['-t'] : []), ...options];
    const child = spawn(program, rest, {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'],
      env: { ...ENVIRONMENT, _OCI_SYNCPIPE: '3', _OCI_STARTPIPE: '4' },
    });
    const [sync, start] = [child.stdio[3], child.stdio[4]];
    if (sync === null || sync === undefined || start === null || start === undefined || !('write' in start))
      throw new Error('no pipes');
    start.end('\0');
    // The launcher has written the monitor's pid file when it exits.
    const [[first]] = await Promise.all([once(sync, 'data'), once(child, 'exit')]);
    const pid = JSON.parse(String(first)).data;
    if (!(pid > 0)) throw new Error(`${monitor} did not start a container: ${String(first)}`);
    sync.destroy();
    const container = { cid, dir, pid, monitor: Number(readFileSync(`${this.dir}/${cid}.monitor`, 'utf8')) };
    this.#containers.push(container);
    return container;
  }

  /**
   * @param {Container} container
   * @param {readonly string[]} [prefix] words before the runtime
   */
  async start(container, prefix = []) {
    const [program = '', ...words] = [...prefix, ...this.runtime];
    const [status] = await once(spawn(program, [...words, 'start', container.cid], { stdio: 'inherit' }), 'exit');
    if (status !== 0) throw new Error(`the runtime did not start ${container.cid}`);
  }

  /** @param {Container} container */
  async end(container) {
    process.kill(container.pid, 'SIGKILL');
    await until(() => existsSync(`${this.dir}/exits/${container.cid}`) && hasEnded(container.monitor));
    this.#containers = this.#containers.filter((other) => other !== container);
  }

  /** Ends what still runs and removes everything. */
  async close() {
    for (const container of [...this.#containers]) await this.end(container);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** @param {() => boolean | Promise<boolean>} condition */
export async function until(condition) {
  const limit = performance.now() + 60_000;
  while (!(await condition())) {
    if (performance.now() > limit) throw new Error('timed out after a minute');
    await sleep(1);
  }
}

/**
 * Runs a measure in its own world.
 * @template T
 * @param {Tools} tools
 * @param {(world: World) => Promise<T>} measure
 */
export async function inWorld(tools, measure) {
  const world = new World(tools);
  try {
    return await measure(world);
  } finally {
    await world.close();
  }
}
