/**
 * The config.json of a container made of a root file system and a command, see
 * https://github.com/opencontainers/runtime-spec/blob/main/config.md.
 */
import type { JsonObject } from './monitor-bundle.js';

/** A file system besides those that every container gets. */
export interface OciMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** What the container is made of. */
export interface ContainerDescription {
  readonly id: string;
  /** Absolute path; undefined: a plain process, for a runtime that does not isolate. */
  readonly rootfs: string | undefined;
  readonly readOnly: boolean;
  readonly command: readonly string[];
  readonly terminal: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly user: { readonly uid: number; readonly gid: number };
  readonly mounts: readonly OciMount[];
  readonly hostname: string;
  readonly network: 'none' | 'host';
  readonly capabilities: readonly string[];
  /** Undefined for root; else the caller's ids, which become root's in the container. */
  readonly rootless: { readonly uid: number; readonly gid: number } | undefined;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Environment of a container's first process by default; `manager` is the value of `container`, by systemd's convention. */
export function defaultEnv(manager: string, uid: number): Readonly<Record<string, string>> {
  return { PATH, HOME: uid === 0 ? '/root' : '/', container: manager };
}

const VERSION = '1.0.2';

/** The content of config.json. */
export function ociSpec(container: ContainerDescription): JsonObject {
  const process = {
    terminal: container.terminal,
    user: container.user,
    args: container.command,
    env: Object.entries(container.env).map(([name, value]) => `${name}=${value}`),
    cwd: container.cwd,
  };
  if (container.rootfs === undefined) return { ociVersion: VERSION, process, root: { path: '/' } };
  const { capabilities } = container;
  return {
    ociVersion: VERSION,
    process: {
      ...process,
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      noNewPrivileges: true,
    },
    root: { path: container.rootfs, readonly: container.readOnly },
    hostname: container.hostname,
    mounts: [...mounts(container), ...container.mounts],
    linux: linux(container),
  };
}

function linux(container: ContainerDescription): object {
  const kinds = ['pid', 'mount', 'ipc', 'uts', ...(container.network === 'none' ? ['network'] : [])];
  const shared = { maskedPaths: MASKED, readonlyPaths: READ_ONLY };
  if (container.rootless !== undefined) {
    const { uid, gid } = container.rootless;
    return {
      ...shared,
      namespaces: [...kinds, 'user'].map((type) => ({ type })),
      uidMappings: [{ containerID: 0, hostID: uid, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: gid, size: 1 }],
    };
  }
  // A cgroup of its own at the top: the runtime removes it, and no parent is left.
  return {
    ...shared,
    namespaces: kinds.map((type) => ({ type })),
    cgroupsPath: `/${container.id}`,
    resources: { devices: [{ allow: false, access: 'rwm' }] },
  };
}

function mounts(container: ContainerDescription): readonly OciMount[] {
  // Group 5 (tty) is not mapped without root.
  const pts = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'];
  const memory = ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'];
  return [
    mount('/proc', 'proc', 'proc', ['nosuid', 'noexec', 'nodev']),
    mount('/dev', 'tmpfs', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    mount('/dev/pts', 'devpts', 'devpts', container.rootless === undefined ? [...pts, 'gid=5'] : pts),
    mount('/dev/shm', 'tmpfs', 'shm', memory),
    mount('/dev/mqueue', 'mqueue', 'mqueue', ['nosuid', 'noexec', 'nodev']),
    sys(container),
  ];
}

/** A sysfs can be mounted only by the owner of the network namespace; else the host's is bound. */
function sys(container: ContainerDescription): OciMount {
  const options = ['nosuid', 'noexec', 'nodev', 'ro'];
  return container.network === 'none'
    ? mount('/sys', 'sysfs', 'sysfs', options)
    : mount('/sys', 'none', '/sys', [...options, 'rbind']);
}

function mount(destination: string, type: string, source: string, options: readonly string[]): OciMount {
  return { destination, type, source, options };
}

/** Paths that would reveal the host, or let the container change it. */
const MASKED = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
];

const READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];
