/** Everything observable about a monitor, as one flat list of named facts. */
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { comm, cmdline, descriptors, oomScoreAdj, stat, status } from '../support/proc.js';
import type { Scene } from '../support/scene.js';
import { type Known, normalise } from './normalise.js';

/** Facts by name; the names are the same for every monitor. */
export type Facts = Map<string, string>;

/** Kinds, modes and contents of all files in the directories that a manager reads. */
export function observeFiles(facts: Facts, moment: string, scene: Scene, known: Known = new Map()): void {
  const directories = { bundle: scene.bundle, exits: scene.exits, persist: scene.persist, sockets: scene.sockets };
  for (const [name, directory] of Object.entries(directories)) {
    for (const entry of readdirSync(directory)) {
      observeFile(facts, `${moment}: ${name}/${normalise(entry, scene)}`, `${directory}/${entry}`, scene, known);
    }
  }
  observeFile(facts, `${moment}: log`, scene.log, scene, known);
  observeFile(facts, `${moment}: pid file of the monitor`, scene.conmonPidfile, scene, known);
  // Without its content, which is different each time.
  const record = lstatSync(`${scene.conmonPidfile}.rescue`, { throwIfNoEntry: false });
  if (record !== undefined) facts.set(`${moment}: record beside the pid file`, (record.mode & 0o777).toString(8));
}

function observeFile(facts: Facts, fact: string, path: string, scene: Scene, known: Known): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
  if (found.isSymbolicLink()) facts.set(fact, `link to ${normalise(readlinkSync(path), scene)}`);
  else if (found.isFIFO()) facts.set(fact, `fifo ${mode}`);
  else if (found.isSocket()) facts.set(fact, `socket ${mode}`);
  else if (found.isFile()) {
    facts.set(fact, `file ${mode}`);
    facts.set(`${fact}, content`, normalise(readFileSync(path, 'latin1'), scene, known));
  }
}

/** Facts about the monitor from /proc while the container runs. */
export function observeMonitor(facts: Facts, pid: number, args: readonly string[], scene: Scene): void {
  const open = descriptors(pid);
  facts.set('monitor: descriptors 0 to 2', [0, 1, 2].map((fd) => normalise(open.get(fd) ?? 'closed', scene)).join(' '));
  facts.set('monitor: name', comm(pid) ?? '');
  facts.set('monitor: command line', String(cmdline(pid).slice(1).join('\0') === args.join('\0')));
  facts.set('monitor: leads its session', String(stat(pid)?.session === pid));
  facts.set('monitor: parent', String(stat(pid)?.parent === 1 ? 'init' : 'another'));
  facts.set('monitor: threads', status(pid, 'Threads') ?? '');
  facts.set('monitor: umask', status(pid, 'Umask') ?? '');
  facts.set('monitor: ignored signals', status(pid, 'SigIgn') ?? '');
  facts.set('monitor: oom_score_adj', String(oomScoreAdj(pid)));
}

/** Facts about the container from /proc before it is started. */
export function observeContainer(facts: Facts, pid: number, monitor: number, scene: Scene): void {
  const open = descriptors(pid);
  facts.set('container: parent', stat(pid)?.parent === monitor ? 'the monitor' : 'another');
  facts.set('container: descriptors', [...open].map(([fd, to]) => `${fd} ${normalise(to, scene)}`).join(', '));
  facts.set('container: oom_score_adj', String(oomScoreAdj(pid)));
  for (const field of ['SigBlk', 'SigIgn', 'Umask']) facts.set(`container: ${field}`, status(pid, field) ?? '');
}

/** The facts that differ, with both values. */
export function compare(ours: Facts, theirs: Facts): { fact: string; ours: string; theirs: string }[] {
  const names = [...new Set([...ours.keys(), ...theirs.keys()])].toSorted();
  return names
    .map((fact) => ({ fact, ours: ours.get(fact) ?? 'absent', theirs: theirs.get(fact) ?? 'absent' }))
    .filter((found) => found.ours !== found.theirs);
}
