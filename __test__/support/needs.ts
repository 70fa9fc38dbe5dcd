/**
 * Tools that a test cannot do without. A missing one skips the test and names the Debian package; with `CI=true`, where
 * everything must be there, it is a failure.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { IS_C, MINIRUNTIME } from './target.js';

const PACKAGES = {
  podman: 'podman',
  crun: 'crun',
  runc: 'runc',
  busybox: 'busybox-static',
  socat: 'socat',
  strace: 'strace',
  script: 'bsdutils',
  conmon: 'conmon',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  prlimit: 'util-linux',
  journalctl: 'systemd',
  catatonit: 'catatonit',
  iptables: 'iptables',
  ip: 'iproute2',
  setpriv: 'util-linux',
  ss: 'iproute2',
  curl: 'curl',
  'qemu-system-x86_64': 'qemu-system-x86',
  man: 'man-db',
  mandoc: 'mandoc',
  zsh: 'zsh',
  fish: 'fish',
} as const;

/** A package without a program: the file by which it is known. */
const PROMETHEUS = '/usr/lib/python3/dist-packages/prometheus_client/openmetrics/parser.py';

export type Tool = keyof typeof PACKAGES | 'miniruntime' | 'python3-prometheus-client' | 'root';

const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`;

/** Absolute path of a program in `PATH`, undefined if there is none. */
export function which(program: string): string | undefined {
  return PATH.split(':')
    .filter((folder) => folder !== '')
    .map((folder) => `${folder}/${program}`)
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function missing(tool: Tool): string | undefined {
  if (tool === 'root') return process.getuid?.() === 0 ? undefined : 'must be run by root';
  if (tool === 'miniruntime') return isExecutable(MINIRUNTIME) ? undefined : 'miniruntime is not built: npm run build';
  if (tool === 'python3-prometheus-client') {
    return existsSync(PROMETHEUS) ? undefined : `${tool} is not installed: apt-get install ${tool}`;
  }
  return which(tool) === undefined ? `${tool} is not installed: apt-get install ${PACKAGES[tool]}` : undefined;
}

/** Options of a test that needs these tools. */
export function needs(...tools: readonly Tool[]): { skip?: string } {
  const reasons = tools.map(missing).filter((reason) => reason !== undefined);
  if (reasons.length === 0) return {};
  const reason = reasons.join('; ');
  if (process.env['CI'] === 'true') throw new Error(reason);
  return { skip: reason };
}

/** Options of a test with both conditions: the tools, and a monitor that does better than C conmon. */
export function betterThanCNeeds(reason: string, ...tools: readonly Tool[]): { skip?: string } {
  return IS_C ? { skip: `better than C: ${reason}` } : needs(...tools);
}
