/** Podman with private storage, and the monitor under test. One per test file; nothing outside is touched. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { type CommandOptions, type Result, command } from './command.js';
import { type Namespace, enterNamespace } from './namespace.js';
import { makeRootfs } from './rootfs.js';
import { killAllOf } from './scene.js';
import { CONMON } from './target.js';
import { upgradeAlways } from './upgrade.js';

export const IMAGE = 'localhost/bb:1';
/** A command that exits with 4 once `/go` is there. */
export const EXITS_AFTER_GO = ['sh', '-c', 'while [ ! -e /go ]; do sleep 0.05; done; exit 4'] as const;

const COMMON = ['--storage-driver', 'overlay', '--cgroup-manager', 'cgroupfs', '--events-backend', 'file'];

export interface PodmanOptions {
  /** The namespace to run in, instead of a private one. */
  readonly namespace?: Namespace;
  /** Environment of the monitor, as `NAME=value`. */
  readonly variables?: readonly string[];
}

export class Podman {
  readonly dir: string;
  readonly namespace: Namespace;
  readonly #conmon: string;
  readonly #variables: readonly string[];
  readonly #endUpgrades: () => Promise<void>;

  private constructor(dir: string, namespace: Namespace, conmon: string, variables: readonly string[]) {
    this.dir = dir;
    this.namespace = namespace;
    this.#conmon = conmon;
    this.#variables = variables;
    this.#endUpgrades = upgradeAlways(dir, 'all');
  }

  /** Creates storage with one image. */
  static async setUp(conmon = CONMON, options: PodmanOptions = {}): Promise<Podman> {
    const dir = realpathSync(mkdtempSync(`${tmpdir()}/conmon-podman-`));
    const namespace = options.namespace ?? (await enterNamespace());
    const podman = new Podman(dir, namespace, conmon, options.variables ?? []);
    try {
      await podman.#importImage();
    } catch (error) {
      await podman.tearDown();
      throw error;
    }
    return podman;
  }

  async #importImage(): Promise<void> {
    const { dir } = this;
    for (const directory of ['root', 'runroot', 'tmp', 'cwd']) mkdirSync(`${dir}/${directory}`);
    writeFileSync(`${dir}/containers.conf`, configuration(this.#conmon, this.#variables));
    makeRootfs(`${dir}/rootfs`);
    const tar = await command(['tar', '-C', `${dir}/rootfs`, '-c', '.']);
    const changes = ['--change', 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin', '--change', 'CMD ["/bin/sh"]'];
    const imported = await this.run(['import', ...changes, '-', IMAGE], { input: tar.stdout });
    if (imported.code !== 0) throw new Error(`podman import: ${imported.stderr}`);
  }

  /** The command line of a podman command. */
  words(args: readonly string[]): string[] {
    const places = ['--root', `${this.dir}/root`, '--runroot', `${this.dir}/runroot`, '--tmpdir', `${this.dir}/tmp`];
    const cwd = `${this.dir}/cwd`;
    return [...this.namespace.prefix, cwd, 'podman', ...places, ...COMMON, '--conmon', this.#conmon, ...args];
  }

  /** Its environment; child processes inherit the path, by which cleanup finds them. */
  env(): NodeJS.ProcessEnv {
    return { ...process.env, CONTAINERS_CONF: `${this.dir}/containers.conf` };
  }

  async run(args: readonly string[], options: CommandOptions = {}): Promise<Result> {
    return command(this.words(args), { env: this.env(), ...options });
  }

  /** Runs a command that must succeed; returns its output without the last newline. */
  async ok(...args: readonly string[]): Promise<string> {
    const result = await this.run(args);
    if (result.code !== 0) throw new Error(`podman ${args.join(' ')}: ${result.code} ${result.stderr}`);
    return result.text.trimEnd();
  }

  async inspect(container: string, format: string): Promise<string> {
    return this.ok('container', 'inspect', '--format', format, container);
  }

  /** Starts a container; returns its id, and the pid by which Podman knows its monitor. */
  async detached(
    runtime: string,
    ...args: readonly string[]
  ): Promise<{ readonly id: string; readonly conmonPid: number }> {
    const id = await this.ok('--runtime', runtime, 'run', '--detach', ...args);
    return { id, conmonPid: Number(await this.inspect(id, '{{.State.ConmonPid}}')) };
  }

  /** Mounts of the namespace below the directory. */
  mounts(): string[] {
    const table = readFileSync(`/proc/${this.namespace.pid}/mountinfo`, 'utf8').split('\n');
    return table.map((line) => line.split(' ')[4] ?? '').filter((place) => place.startsWith(this.dir));
  }

  /** Removes all containers, kills leftover processes, and removes the directory. */
  async tearDown(): Promise<void> {
    await this.run(['rm', '--force', '--all', '--time', '0']).catch(() => undefined);
    await this.#endUpgrades();
    killAllOf(this.dir);
    this.namespace.leave();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

function configuration(conmon: string, variables: readonly string[]): string {
  const environment = JSON.stringify([`PATH=${process.env['PATH'] ?? ''}`, ...variables]);
  return `[containers]
netns = "none"
pids_limit = 0
log_driver = "k8s-file"
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
conmon_path = ["${conmon}"]
conmon_env_vars = ${environment}
[network]
network_backend = "netavark"
`;
}
