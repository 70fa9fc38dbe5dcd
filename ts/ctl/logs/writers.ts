/** Whether any process has a file open for writing, from `/proc/PID/fd` and `fdinfo` (proc_pid_fd(5), proc_pid_fdinfo(5)). */
import { readdirSync, readFileSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';

/** Of the flags of open(2): O_WRONLY or O_RDWR. */
const WRITABLE = 0o3;

/**
 * True also when that cannot be ruled out: the user of the file has a process that we may not inspect. A file that is gone has no
 * writer.
 */
export function hasWriter(path: string): boolean {
  try {
    const file = statSync(path);
    const name = basename(realpathSync(path));
    return readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && mayWrite(pid, file, name));
  } catch {
    return false;
  }
}

function mayWrite(pid: string, file: Stats, name: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => writes(pid, fd, file, name));
  } catch {
    return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === file.uid;
  }
}

/** Only a file of that name is looked at: others may be on a file system that does not answer. */
function writes(pid: string, fd: string, { dev, ino }: Stats, name: string): boolean {
  try {
    if (basename(readlinkSync(`/proc/${pid}/fd/${fd}`)) !== name) return false;
    const found = statSync(`/proc/${pid}/fd/${fd}`);
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1'))?.[1];
    return found.dev === dev && found.ino === ino && (Number.parseInt(flags ?? '', 8) & WRITABLE) !== 0;
  } catch {
    // Closed meanwhile.
    return false;
  }
}
