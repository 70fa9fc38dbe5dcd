/** A bundle, and a real OCI runtime to run it: crun, runc or the runtime of this project. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import type { Test } from 'tap';
import { type Result, command } from './command.js';
import { which } from './needs.js';
import { makeRootfs } from './rootfs.js';
import type { Scene } from './scene.js';
import { MINIRUNTIME } from './target.js';

export const RUNTIMES = ['crun', 'runc', 'miniruntime'] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

/** What the container runs. */
export interface Process {
  readonly args: readonly string[];
  readonly terminal?: boolean;
  readonly env?: readonly string[];
  readonly user?: number;
  /** Bytes of memory it may use. */
  readonly memory?: number;
}

export interface Container {
  /** Path for `--runtime`. */
  readonly runtime: string;
  /** `--runtime-arg` options. */
  readonly options: readonly string[];
  /** Any other command of the runtime. */
  call(...args: readonly string[]): Promise<Result>;
  /** `runtime start` */
  start(): Promise<void>;
  /** Writes a process for `exec`, and returns its path. */
  process(process: Process): string;
}

/** Fills the bundle of a scene; the container is deleted when the test ends. */
export function container(t: Test, scene: Scene, name: RuntimeName, process: Process): Container {
  const root = `${scene.dir}/state`;
  const runtime = executable(scene, name);
  // Our runtime looks programs up on the host, and only requires the directory to exist.
  if (name === 'miniruntime') mkdirSync(`${scene.bundle}/rootfs`);
  else makeRootfs(`${scene.bundle}/rootfs`);
  writeFileSync(`${scene.bundle}/config.json`, JSON.stringify(configuration(process), undefined, 1));
  const call = (...args: readonly string[]): Promise<Result> => command([runtime, `--root=${root}`, ...args]);
  t.teardown(async () => {
    await call('delete', '--force', scene.cid);
  });
  let specs = 0;
  return {
    runtime,
    options: ['--runtime-arg', `--root=${root}`],
    call,
    async start() {
      const { code, stderr } = await call('start', scene.cid);
      if (code !== 0) throw new Error(`${name} start: ${stderr}`);
    },
    process(wanted) {
      specs += 1;
      const path = `${scene.dir}/process-${specs}.json`;
      writeFileSync(path, JSON.stringify(processOf(wanted)));
      return path;
    },
  };
}

/** crun refuses a unified cgroup directory next to cgroup v1: each call gets an empty one mounted over it. */
function executable(scene: Scene, name: RuntimeName): string {
  if (name === 'miniruntime') return MINIRUNTIME;
  const program = which(name) ?? name;
  const unified = '/sys/fs/cgroup/unified';
  if (name === 'runc' || !existsSync(unified)) return program;
  const path = `${scene.dir}/crun`;
  const inside = `mount -t tmpfs none ${unified} && exec ${program} "$@"`;
  writeFileSync(path, `#!/bin/sh\nexec unshare -m --propagation private sh -c '${inside}' crun "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

function processOf(process: Process): object {
  return {
    terminal: process.terminal ?? false,
    user: { uid: process.user ?? 0, gid: process.user ?? 0 },
    args: process.args,
    env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm', ...(process.env ?? [])],
    cwd: '/',
    noNewPrivileges: true,
  };
}

function configuration(process: Process): object {
  return {
    ociVersion: '1.0.2',
    process: processOf(process),
    root: { path: 'rootfs' },
    hostname: 'e2e',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=65536k'] },
      {
        destination: '/dev/pts',
        type: 'devpts',
        source: 'devpts',
        options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'],
      },
    ],
    linux: {
      namespaces: ['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type })),
      ...(process.memory === undefined ? {} : { resources: { memory: { limit: process.memory } } }),
    },
  };
}
