/** A private machine for the test: Debian's systemd, and Podman with the monitor under test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommandOptions, type Result, command } from '../support/command.js';
import { children, comm } from '../support/proc.js';
import { makeRootfs } from '../support/rootfs.js';
import { CONMON } from '../support/target.js';
import { until, within } from '../support/wait.js';

export const IMAGE = 'localhost/bb:1';

const BOOT = fileURLToPath(new URL('boot.sh', import.meta.url));
const CGROUPS = '/sys/fs/cgroup';
const BOOT_MS = 60_000;
/** Units that would wait for hardware, or change global kernel state. */
const MASKED = [
  'systemd-sysctl.service',
  'systemd-udevd.service',
  'systemd-logind.service',
  'systemd-timesyncd.service',
  'proc-sys-fs-binfmt_misc.automount',
  'getty.target',
];

export class Machine {
  readonly #dir: string;
  readonly #unshare: ChildProcess;
  #init = 0;

  private constructor(dir: string, unshare: ChildProcess) {
    this.#dir = dir;
    this.#unshare = unshare;
  }

  /** Boots it, with these directories of this machine, and imports an image into Podman. */
  static async boot(...directories: readonly string[]): Promise<Machine> {
    const dir = realpathSync(mkdtempSync(`${tmpdir()}/conmon-systemd-`));
    configure(dir);
    const words = [dir, basename(dir), dirname(CONMON), ...directories];
    const machine = new Machine(dir, spawn(BOOT, words, { stdio: ['ignore', 'inherit', 'inherit'] }));
    try {
      await machine.#untilReady();
      await machine.#importImage();
    } catch (error) {
      await machine.powerOff();
      throw error;
    }
    return machine;
  }

  async #untilReady(): Promise<void> {
    const init = (): number | undefined => children(this.#unshare.pid ?? 0).find((pid) => comm(pid) === 'systemd');
    this.#init = await until('systemd', init, BOOT_MS);
    const state = async (): Promise<string> => (await this.run(['systemctl', 'is-system-running'])).text.trim();
    await until('the end of the boot', async () => ['running', 'degraded'].includes(await state()), BOOT_MS);
  }

  async #importImage(): Promise<void> {
    makeRootfs(`${this.#dir}/rootfs`);
    const tar = await command(['tar', '-C', `${this.#dir}/rootfs`, '-c', '.']);
    const changes = ['--change', 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin', '--change', 'CMD ["/bin/sh"]'];
    const imported = await this.run(['podman', 'import', ...changes, '-', IMAGE], { input: tar.stdout });
    if (imported.code !== 0) throw new Error(`podman import: ${imported.stderr}`);
  }

  /** Runs a command in it. */
  async run(words: readonly string[], options: CommandOptions = {}): Promise<Result> {
    const kinds = ['--mount', '--pid', '--net', '--ipc', '--uts', '--cgroup'];
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' };
    return command(['nsenter', '--target', String(this.#init), ...kinds, ...words], { env, ...options });
  }

  /** Runs a command that must succeed; returns its output. */
  async ok(...words: readonly string[]): Promise<string> {
    const { code, text, stderr } = await this.run(words);
    if (code !== 0) throw new Error(`${words.join(' ')}: ${code} ${stderr}`);
    return text;
  }

  /** Writes a file in it. */
  write(path: string, content: string): void {
    const here = `/proc/${this.#init}/root${path}`;
    mkdirSync(dirname(here), { recursive: true });
    writeFileSync(here, content);
  }

  /** Leaves nothing behind: the kernel kills all processes of a pid namespace with the first. */
  async powerOff(): Promise<void> {
    const ended = once(this.#unshare, 'exit');
    const gone = this.#unshare.exitCode !== null || this.#unshare.signalCode !== null;
    for (const pid of [this.#init, this.#unshare.pid ?? 0].filter((pid) => pid > 1)) kill(pid);
    if (!gone) await within('the end of the machine', ended);
    const name = basename(this.#dir);
    await until('its cgroups to be removed', () => removeCgroups(name));
    rmSync(this.#dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has exited already.
  }
}

function configure(dir: string): void {
  const etc = `${dir}/etc`;
  mkdirSync(`${etc}/systemd/system`, { recursive: true });
  for (const unit of MASKED) symlinkSync('/dev/null', `${etc}/systemd/system/${unit}`);
  mkdirSync(`${etc}/containers`);
  writeFileSync(`${etc}/containers/policy.json`, '{"default": [{"type": "insecureAcceptAnything"}]}');
  const storage = [
    'driver = "overlay"',
    'graphroot = "/var/lib/containers/storage"',
    'runroot = "/run/containers/storage"',
  ];
  writeFileSync(`${etc}/containers/storage.conf`, ['[storage]', ...storage, ''].join('\n'));
  writeFileSync(`${etc}/containers/containers.conf`, CONTAINERS);
}

const CONTAINERS = `[containers]
netns = "none"
default_sysctls = []
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
pids_limit = 0
log_driver = "k8s-file"
[engine]
cgroup_manager = "systemd"
events_logger = "file"
conmon_path = ["${CONMON}"]
[network]
network_backend = "netavark"
`;

/** The cgroups of that name and those below, which are empty soon after their last process has exited. */
function removeCgroups(name: string): boolean {
  const hierarchies = [CGROUPS, ...readdirSync(CGROUPS).map((entry) => `${CGROUPS}/${entry}`)];
  const left = hierarchies.map((hierarchy) => `${hierarchy}/${name}`).filter((path) => existsSync(path));
  for (const path of left) removeTree(path);
  return left.every((path) => !existsSync(path));
}

function removeTree(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(`${path}/${entry.name}`);
  }
  try {
    rmdirSync(path);
  } catch {
    // A process is still exiting.
  }
}
