/**
 * Containers that run without a monitor: it was killed, or has crashed. Their manager considers them running indefinitely, and
 * nothing reports their exit.
 */
import { attempt } from '../../node/attempt.js';
import { isObject } from '../../node/containers/monitor-bundle.js';
import { monitors } from '../../node/monitors/monitors.js';
import { shortId } from '../quantities.js';
import { type Finding, problem } from './finding.js';
import type { Machine } from './machine.js';
import { findOrphans } from '../rescue/orphans.js';

/** A container that its manager considers running. */
export interface Running {
  readonly id: string;
  readonly name: string;
}

/**
 * @param list asks the manager; undefined: it does not answer
 * @param find the ids of the containers that have a monitor here
 * @param rescuable the ids of those that another finding is about
 */
export async function unmonitored(
  topic: 'podman' | 'cri-o',
  list: () => Promise<readonly Running[] | undefined>,
  find: () => Promise<ReadonlySet<string>> = monitored,
  rescuable: () => Promise<ReadonlySet<string>> = rescuableIds,
): Promise<readonly Finding[]> {
  const first = await list();
  if (first === undefined || first.length === 0) return [];
  const [known, others] = [await find(), await rescuable()];
  const suspects = first.filter(({ id }) => !known.has(id) && !others.has(id));
  if (suspects.length === 0) return [];
  // One that has ended since then is no longer listed.
  const still = new Set((await list())?.map(({ id }) => id));
  return suspects.filter(({ id }) => still.has(id)).map((each) => finding(topic, each));
}

function finding(topic: 'podman' | 'cri-o', { id, name }: Running): Finding {
  const what = `container ${name} (${shortId(id)}) has no monitor: nothing logs its output or reports its exit`;
  const advice =
    topic === 'podman'
      ? `podman rm --force ${name}, and create it again; podman export ${name} first, if its files matter.`
      : `crictl stop ${shortId(id)}: the kubelet starts it again.`;
  return problem(topic, what, advice);
}

async function monitored(): Promise<ReadonlySet<string>> {
  return new Set((await monitors()).filter(({ mode }) => mode !== 'exec').map(({ cid }) => cid));
}

async function rescuableIds(): Promise<ReadonlySet<string>> {
  return new Set((await findOrphans()).map(({ cid }) => cid));
}

/** Those of this user; undefined also if Podman's containers are on another machine. */
export async function podmanContainers(machine: Machine, program: string): Promise<readonly Running[] | undefined> {
  const isRemote = await machine.output(program, ['info', '--format', '{{.Host.ServiceIsRemote}}']);
  if (isRemote?.trim() !== 'false') return undefined;
  const filters = ['--filter', 'status=running', '--filter', 'status=paused'];
  const text = await machine.output(program, ['ps', '--no-trunc', ...filters, '--format', 'json']);
  return listOf(text, (value) => value).flatMap((each) => {
    const [id, names] = [Reflect.get(each, 'Id'), Reflect.get(each, 'Names')];
    return typeof id === 'string' ? [{ id, name: Array.isArray(names) ? String(names[0]) : id }] : [];
  });
}

/** Those that CRI-O runs, if crictl is there. */
export async function crictlContainers(machine: Machine): Promise<readonly Running[] | undefined> {
  const program = machine.find('crictl');
  if (program === undefined) return undefined;
  const text = await machine.output(program, ['ps', '--state', 'Running', '--output', 'json']);
  return listOf(text, (value) => (isObject(value) ? Reflect.get(value, 'containers') : undefined)).flatMap((each) => {
    const [id, metadata] = [Reflect.get(each, 'id'), Reflect.get(each, 'metadata')];
    const name = isObject(metadata) ? Reflect.get(metadata, 'name') : undefined;
    return typeof id === 'string' ? [{ id, name: typeof name === 'string' ? name : id }] : [];
  });
}

function listOf(text: string | undefined, member: (value: unknown) => unknown): readonly object[] {
  const value = attempt(() => member(JSON.parse(text ?? '[]')));
  return Array.isArray(value) ? value.filter(isObject) : [];
}
