/** Whose program a monitor is, and of which version: both are in the executable, which need not be run for that. */
import type { FileRequest } from '../foreign/files.js';
import type { FileBeginning } from '../foreign/read-regular.js';
import { trustedUsers } from '../users.js';
import { LOOKED_AT, versionInNote } from './elf-note.js';

/** `unknown`: it could not be read, or is a file that any user may have made. */
export interface Program {
  readonly kind: 'conmon-node' | 'conmon' | 'unknown';
  readonly version: string | undefined;
}

const UNKNOWN: Program = { kind: 'unknown', version: undefined };
/** What `--version` prints is one text in C conmon's executable. */
const VERSION = /conmon version (\d+\.\d+\.\d+[-+.\w]*)\n/;
/** C conmon's has 150 kB. */
const SMALL = 1 << 20;

/** Where the beginning of the executable is read. The link works also when the file was removed or replaced since. */
export function executableFile(pid: number): FileRequest {
  return { path: `/proc/${pid}/exe`, limit: LOOKED_AT };
}

/** What is known from its beginning; undefined when the whole executable must be read. */
export function programOf(beginning: FileBeginning | undefined): Program | undefined {
  if (beginning === undefined) return UNKNOWN;
  const version = versionInNote(beginning.bytes);
  if (version !== undefined) return { kind: 'conmon-node', version };
  return beginning.size > SMALL ? UNKNOWN : undefined;
}

/** Where the whole executable is read: its text is trusted only where no other user could have written it. */
export function wholeExecutable(pid: number): readonly FileRequest[] {
  return trustedUsers().map((owner) => ({ path: `/proc/${pid}/exe`, limit: SMALL, owner }));
}

/** Undefined when it is known to be another program. */
export function programOfWhole(whole: FileBeginning | undefined): Program | undefined {
  if (whole === undefined) return UNKNOWN;
  const found = VERSION.exec(whole.bytes.toString('latin1'))?.[1];
  return found === undefined ? undefined : { kind: 'conmon', version: found };
}
