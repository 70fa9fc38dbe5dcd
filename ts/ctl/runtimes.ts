/**
 * Chooses the OCI runtime, and explains the errors of the common ones.
 */
import { refusedByCrun } from '../node/containers/hybrid-cgroups.js';
import type { Found } from '../node/native/native-file.js';
import { CtlError } from './error.js';

/** What can be given as `--runtime`, besides a path. */
export const RUNTIME_NAMES = ['auto', 'crun', 'runc', 'mini'] as const;

export interface ChosenRuntime {
  readonly path: string;
  /** For the reader: why this one. */
  readonly reason: string;
}

/** What the choice depends on. */
export interface RuntimeContext {
  /** Absolute path of a program in PATH. */
  readonly find: (name: string) => string | undefined;
  /** The runtime of this package. */
  readonly miniruntime: Found;
  /** Content of `/sys/fs/cgroup/unified/cgroup.controllers`; undefined without such a file. */
  readonly hybridControllers: string | undefined;
}

const INSTALL = 'Install one: apt-get install crun (or runc).';
const MINI = '--runtime mini runs the command as a plain process of this machine, without any isolation.';

/**
 * @param wanted as given with `--runtime`
 * @param isolates whether there is a container to be made, or only a process to be run
 */
export function chooseRuntime(wanted: string, isolates: boolean, context: RuntimeContext): ChosenRuntime {
  if (wanted === 'mini' || (wanted === 'auto' && !isolates)) return miniruntime(wanted, context);
  if (wanted === 'auto') return installed(context);
  if (wanted.includes('/')) return { path: wanted, reason: 'as given' };
  const path = context.find(wanted);
  if (path === undefined) {
    const known: readonly string[] = RUNTIME_NAMES;
    const advice = known.includes(wanted) ? `Install it: apt-get install ${wanted}.` : '--runtime also takes a path.';
    throw new CtlError(`${wanted} is not in PATH`, { advice });
  }
  return { path, reason: 'as given' };
}

function miniruntime(wanted: string, context: RuntimeContext): ChosenRuntime {
  const found = context.miniruntime;
  if ('missing' in found) throw new CtlError(found.missing.what, { advice: `${found.missing.advice}.` });
  return {
    path: found.path,
    reason: wanted === 'auto' ? 'without a root file system: a plain process, not isolated' : 'as given',
  };
}

function installed(context: RuntimeContext): ChosenRuntime {
  const crun = context.find('crun');
  const runc = context.find('runc');
  const hybrid = refusedByCrun(context.hybridControllers);
  if (crun !== undefined && !(hybrid && runc !== undefined)) return { path: crun, reason: 'crun is installed' };
  if (runc !== undefined) {
    return { path: runc, reason: hybrid ? 'crun refuses hybrid cgroups like those here' : 'runc is installed' };
  }
  throw new CtlError('neither crun nor runc is installed', { advice: `${INSTALL}\n${MINI}` });
}

/** What to do about an error of a runtime, if that is known. */
export function runtimeAdvice(message: string): string | undefined {
  if (message.includes('hybrid mode not supported')) {
    return (
      'crun cannot work with cgroup v1 next to a cgroup v2 that has controllers. Use --runtime runc, or hide v2 from it:\n' +
      'unshare -m --propagation private sh -c \'mount -t tmpfs none /sys/fs/cgroup/unified && exec "$@"\' sh conmonctl run …'
    );
  }
  if (/setrlimit|RLIMIT/.test(message)) return 'Limits above those of the caller need CAP_SYS_RESOURCE: lower them.';
  if (/executable file .*not found|no such file or directory/i.test(message)) {
    return 'Is the command in the root file system, and is it static or are its libraries there too?';
  }
  return undefined;
}

/** As with Podman: 126 when it may not be executed, 127 when it does not exist, else 125. */
export function statusFor(message: string): number {
  if (/permission denied|operation not permitted/i.test(message)) return 126;
  if (/executable file .*not found|no such file or directory|open executable/i.test(message)) return 127;
  return 125;
}
