/** What the monitor gives up once its container runs, and what it must still be able to do. */
import { directoryOf } from './path.js';
import type {
  AdoptionPlan,
  AttachPlan,
  Confinement,
  ControlPlan,
  ExitPlan,
  FileLog,
  LogsPlan,
  NotifyPlan,
  Writable,
} from './plan.js';

/** The parts of a plan that name what is written to while a container runs and at its end. */
export interface Places {
  readonly logs: LogsPlan;
  readonly exit: ExitPlan;
  readonly oomFiles: readonly string[];
  readonly attach: AttachPlan | null;
  readonly control: ControlPlan | null;
  readonly notify: NotifyPlan | null;
  readonly adoption: AdoptionPlan | null;
  readonly rescue: string | null;
}

/**
 * An exit command would inherit restrictions, and could then not do its work; so a monitor with an exit command has none.
 */
export function planConfinement(places: Places): Confinement {
  return { restrictions: places.exit.command === null ? { writable: writable(places) } : null };
}

/** Null where rotated files are compressed: the child that does it writes its OOM score in `/proc`. */
function writable(places: Places): Writable | null {
  const logs = fileLogs(places.logs);
  if (logs.some(({ rotation }) => rotation?.compress)) return null;
  const files = logs.map(({ path }) => path);
  const directories: string[] = [];
  const add = (directory: string): void => {
    if (directories.indexOf(directory) < 0) directories.push(directory);
  };
  for (const file of files.concat(places.exit.files)) {
    add(directoryOf(file));
    // The directory may be removed and created again; then it is another inode. Never `/`, which contains everything.
    const above = directoryOf(directoryOf(file));
    if (above !== '/') add(above);
  }
  for (const file of places.oomFiles) add(directoryOf(file));
  const { attach, control, notify, adoption, rescue } = places;
  for (const file of [attach?.link?.path, attach?.socket, control?.ctl, notify?.socket, adoption?.socket, rescue]) {
    if (file !== undefined && file !== null) add(directoryOf(file));
  }
  return { directories, files };
}

function fileLogs({ drivers }: LogsPlan): readonly FileLog[] {
  const files: FileLog[] = [];
  for (const driver of drivers) {
    if ('file' in driver) files.push(driver.file);
  }
  return files;
}
