/** `conmonctl rescue`: a monitor for containers whose monitor was killed. */
import { realpathSync } from 'node:fs';
import { caller } from '../../node/users.js';
import { CtlError } from '../error.js';
import { jsonText } from '../json-text.js';
import { conmonPath } from '../locate.js';
import type { ContinueArguments } from '../monitors/continue-as.js';
import { identity, matching, onlyOne } from '../monitors/matching.js';
import { shortId } from '../quantities.js';
import { printOut } from '../standard-stream.js';
import { quoted, visible } from '../visible.js';
import { findOrphans, readAll } from './orphans.js';
import { recordPaths, recordsAt } from './places.js';
import type { RescueRecord } from './record.js';
import { type Outcome, rescue } from './rescue.js';
import { watch } from './watch.js';

const SOME_FAILED = 1;

export interface RescueArguments extends ContinueArguments {
  readonly watch?: boolean | undefined;
}

/** Resolves with the exit status. */
export async function rescueCommand(options: RescueArguments): Promise<number> {
  const { container: words = [], all = false, watch: watches = false, json = false } = options;
  if ([words.length > 0, all, watches].filter(Boolean).length !== 1) {
    throw new CtlError('rescue needs containers, --all or --watch', { advice: 'conmonctl help rescue' });
  }
  const executable = realpathSync(conmonPath(options.executable, process.env));
  const uid = caller();
  if (watches) return watch(uid, (record) => rescue(record, executable, uid), print);
  const outcomes: Outcome[] = [];
  for (const record of all ? await findOrphans(uid) : named(words, uid)) {
    const outcome = await rescue(record, executable, uid);
    outcomes.push(outcome);
    if (!json) await print(outcome);
  }
  if (json) await printOut(`${jsonText({ executable, containers: outcomes.map(shown) })}\n`);
  return outcomes.some(({ result }) => result === 'failed') ? SOME_FAILED : 0;
}

function named(words: readonly string[], uid: number): readonly RescueRecord[] {
  const known = readAll(recordPaths(uid), uid);
  return words.map((word) => {
    const found = word.includes('/')
      ? readAll(recordsAt(word), uid)
      : matching(word, known, ({ cid, name }) => identity(cid, name));
    const record = onlyOne(word, found, ({ cid }) => cid);
    if (record !== undefined) return record;
    const advice =
      'A monitor of this project leaves a record beside its pidfile. A path names one elsewhere: conmonctl rescue /path/to/it.';
    throw new CtlError(`no record of a monitor names a container ${quoted(word)}`, { advice, status: SOME_FAILED });
  });
}

async function print({ record, result, reason = '' }: Outcome): Promise<void> {
  const name = visible(record.name ?? shortId(record.cid));
  if (result === 'rescued') await printOut(`${name}: has a monitor again\n`);
  else if (result === 'unchanged') await printOut(`${name}: ${visible(reason)}\n`);
  else process.stderr.write(`conmonctl: cannot rescue ${name}: ${visible(reason)}\n`);
}

function shown({ record: { cid, name, path }, result, reason }: Outcome): object {
  return { container: cid, name, record: path, result, reason };
}
