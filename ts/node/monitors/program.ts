/** Whose program a monitor is, and of which version: both are in the executable, which need not be run for that. */
import type { Files } from '../foreign/files.js';
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
const ROOT = 0;

/** Undefined when it is known to be another program. */
export async function programOf(pid: number, files: Files): Promise<Program | undefined> {
  // The link works also when the file was removed or replaced since.
  const path = `/proc/${pid}/exe`;
  const beginning = await files.read(path, LOOKED_AT);
  if (beginning === undefined) return UNKNOWN;
  const version = versionInNote(beginning.bytes);
  if (version !== undefined) return { kind: 'conmon-node', version };
  if (beginning.size > SMALL) return UNKNOWN;
  // The text is believed only where nobody else could have written it.
  const whole = (await files.read(path, SMALL, ROOT)) ?? (await files.read(path, SMALL, process.geteuid?.()));
  if (whole === undefined) return UNKNOWN;
  const found = VERSION.exec(whole.bytes.toString('latin1'))?.[1];
  return found === undefined ? undefined : { kind: 'conmon', version: found };
}
