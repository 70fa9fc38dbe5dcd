/** cgroup v1 beside a cgroup v2 that has controllers, which crun refuses. It works with either alone. */
import { readFileSync } from 'node:fs';
import { attempt } from '../attempt.js';

const CONTROLLERS = '/sys/fs/cgroup/unified/cgroup.controllers';

/** Content of the file with the controllers of such a v2; undefined without one. */
export function hybridControllers(): string | undefined {
  return attempt(() => readFileSync(CONTROLLERS, 'latin1'));
}

/** Whether crun refuses them. */
export function refusedByCrun(controllers: string | undefined): boolean {
  return (controllers ?? '').trim() !== '';
}
