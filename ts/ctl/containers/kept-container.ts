/**
 * Finds a container that `conmonctl run` or the library has created, running or not. Those of Podman and CRI-O have their own tools,
 * which would not learn of what is done here.
 */
import { ContainerError } from '../../node/errors.js';
import { Container } from '../../node/containers/container.js';
import { managerOf } from '../../node/containers/manager.js';
import { findRecords, type FoundRecords, type KeptContainer } from '../../node/containers/records.js';
import type { MonitorInfo } from '../../node/monitors/info.js';
import { CtlError } from '../error.js';
import { findMonitor, NOT_FOUND } from '../monitors/find.js';
import { type Identity, identity, matching, onlyOne } from '../monitors/matching.js';
import { failureOf } from '../run/failure.js';
import { userNames } from '../passwd.js';
import { quoted, visible } from '../visible.js';

/** What is to be done with a container, and by which commands of the managers. */
export interface Purpose {
  /** Completes "cannot … the container". */
  readonly verb: string;
  readonly podman: string;
  readonly crictl: string;
}

const OURS = 'conmonctl exec, kill and rm are for containers that conmonctl run and the library have created.';

/** The words by which such a container is found. */
export function identityOfKept({ record: { cid, options } }: KeptContainer): Identity {
  return identity(cid, options.name);
}

/** The container that a word names: `pid:N`, a name, an id or a unique prefix of one. Throws a {@link CtlError}. */
export async function openContainer(word: string, purpose: Purpose): Promise<Container> {
  const { directory } = keptContainer(word, await findRecords(), purpose);
  return orFailure(Container.open({ directory }));
}

/** Throws a {@link CtlError}. */
export function keptContainer(word: string, { kept, others }: FoundRecords, purpose: Purpose): KeptContainer {
  const byPid = kept.filter(({ monitorPid }) => word === `pid:${monitorPid}`);
  const found = byPid.length > 0 ? byPid : matching(word, kept, identityOfKept);
  const only = onlyOne(word, found, ({ record }) => record.cid);
  if (only !== undefined) return only;
  throw refused(word, otherMonitor(word, others, purpose), purpose);
}

function otherMonitor(word: string, all: readonly MonitorInfo[], { verb }: Purpose): MonitorInfo {
  try {
    return findMonitor(word, all).monitor;
  } catch (error) {
    if (!(error instanceof CtlError) || error.status !== NOT_FOUND) throw error;
    const message = `cannot ${verb} the container ${quoted(word)}: neither conmonctl run nor the library has created it`;
    throw new CtlError(message, { advice: 'conmonctl ps lists those that run.', status: NOT_FOUND });
  }
}

function refused(word: string, monitor: MonitorInfo, purpose: Purpose): CtlError {
  const what = `cannot ${purpose.verb} the container ${quoted(word)}`;
  const manager = managerOf(monitor);
  if (monitor.isForeign)
    return new CtlError(`${what}: it belongs to user ${userNames()(monitor.uid)}`, { advice: OURS });
  if (manager === undefined) return new CtlError(`${what}: another program manages it`, { advice: OURS });
  const { name, cid } = monitor;
  const tool =
    manager.command === 'podman' ? `podman ${purpose.podman} ${name ?? cid}` : `crictl ${purpose.crictl} ${cid}`;
  return new CtlError(`${what}: ${manager.name} manages it`, { advice: `Use ${visible(tool)}.` });
}

/** Calls the library. Its errors become a {@link CtlError}. */
export async function orFailure<T>(done: Promise<T>): Promise<T> {
  return done.catch((error: unknown) => {
    throw containerFailure(error);
  });
}

/** The same error as a {@link CtlError}, if the library has thrown it. */
export function containerFailure(error: unknown): unknown {
  return error instanceof ContainerError ? new CtlError(error.message, { cause: error }) : failureOf(error);
}
