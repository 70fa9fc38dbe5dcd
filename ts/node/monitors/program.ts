/** Whose program a monitor is, and of which version: both stand in the executable, which need not be run for that. */
import { type FileHandle, open } from 'node:fs/promises';

export interface Program {
  readonly kind: 'conmon-node' | 'conmon';
  readonly version: string | undefined;
}

/** What `--version` prints is one text in either. */
const VERSION = /conmon version (\d+\.\d+\.\d+[-+.\w]*)\n/;
/** A variable of the environment that C conmon does not know. */
const OURS = 'CONMON_ATTACH_STALL_SECONDS';

/** By device, inode and time of change: a manager has many monitors and one executable. */
const known = new Map<string, Program | undefined>();

/** Undefined when it is another program; `unreadable` when we may not look. */
export async function programOf(pid: number): Promise<Program | 'unreadable' | undefined> {
  // The link works also when the file was removed or replaced since.
  const file = await open(`/proc/${pid}/exe`, 'r').catch(() => undefined);
  if (file === undefined) return 'unreadable';
  try {
    const { dev, ino, mtimeNs } = await file.stat({ bigint: true });
    const key = `${dev}:${ino}:${mtimeNs}`;
    if (!known.has(key)) known.set(key, await look(file));
    return known.get(key);
  } finally {
    await file.close();
  }
}

async function look(file: FileHandle): Promise<Program | undefined> {
  const text = await file.readFile('latin1');
  const version = VERSION.exec(text)?.[1];
  if (version === undefined) return undefined;
  return { kind: text.includes(OURS) ? 'conmon-node' : 'conmon', version };
}
