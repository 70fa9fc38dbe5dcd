/**
 * Limits of the kernel that many containers run into.
 */
import { type Finding, good, warning } from './finding.js';
import type { Machine } from './machine.js';

/** Pages of a pipe (pipe(7)), and pipes of a container: stdin, stdout, stderr. */
const PIPE_PAGES = 16;
const PIPES = 3;
/** The number of containers that one user should be able to run. */
const MANY = 200;

export function limitFindings(machine: Machine): readonly Finding[] {
  return [...pipes(machine), ...inotify(machine)];
}

/** Beyond the soft limit, every new pipe of an unprivileged user has two pages, and output becomes slow. */
function pipes(machine: Machine): readonly Finding[] {
  const soft = number(machine, '/proc/sys/fs/pipe-user-pages-soft');
  if (soft === undefined) return [];
  if (soft === 0) return [good('pipes', 'pipes of a user may have any number of pages')];
  const containers = Math.floor(soft / (PIPE_PAGES * PIPES));
  const what = `${soft} pages in pipes for a user without privileges: enough for ${containers} containers`;
  if (containers >= MANY) return [good('pipes', what)];
  const advice = `${persistently('fs.pipe-user-pages-soft', MANY * PIPE_PAGES * PIPES)}\nOtherwise the output of more containers is slow.`;
  return [warning('pipes', what, advice)];
}

/** Each monitor has one instance with cgroup v2, for the events of the memory controller. */
function inotify(machine: Machine): readonly Finding[] {
  const instances = number(machine, '/proc/sys/fs/inotify/max_user_instances');
  if (instances === undefined) return [];
  const what = `${instances} inotify instances for each user`;
  if (instances >= MANY) return [good('inotify', what)];
  const advice = `${persistently('fs.inotify.max_user_instances', 2 * MANY)}\nOtherwise, with cgroup v2, OOM kills in more containers go unnoticed.`;
  return [warning('inotify', what, advice)];
}

/** sysctl.d(5): also after a restart of the machine. */
function persistently(name: string, value: number): string {
  return `echo ${name}=${value} > /etc/sysctl.d/60-${name}.conf && sysctl --system`;
}

function number(machine: Machine, path: string): number | undefined {
  const text = machine.read(path)?.trim();
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}
