/** Starts a monitor for the container of a record. */
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { openRegular } from '../../node/foreign/open-regular.js';
import { isRunning } from '../../node/monitors/process-end.js';
import { RESCUE_READY, RESCUE_VARIABLE } from '../../planner/constants.js';
import { messageOf } from '../error.js';
import type { RescueRecord } from './record.js';

/** The descriptor that the executable inherits. */
const RECORD_FD = 3;
const PATIENCE_MS = 20_000;
/** Longer than any reason. */
const LONGEST = 64 * 1024;

/** What became of one container. */
export interface Outcome {
  readonly record: RescueRecord;
  readonly result: 'rescued' | 'unchanged' | 'failed';
  /** Why it has no new monitor. */
  readonly reason?: string;
}

/** Makes the executable monitor a container of this user, unless it already has a monitor. */
export async function rescue(record: RescueRecord, executable: string, uid: number): Promise<Outcome> {
  if (await isRunning(record.monitor)) {
    return { record, result: 'unchanged', reason: `process ${record.monitor.pid} monitors it` };
  }
  try {
    const { fd } = openRegular(record.path, uid);
    try {
      const printed = await stderrOf(executable, fd);
      if (printed.includes(RESCUE_READY)) return { record, result: 'rescued' };
      return { record, result: 'failed', reason: printed.trim() || 'the executable exited without printing a reason' };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return { record, result: 'failed', reason: messageOf(error) };
  }
}

function stderrOf(executable: string, fd: number): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(executable, [], {
      cwd: '/',
      env: { [RESCUE_VARIABLE]: String(RECORD_FD) },
      stdio: ['ignore', 'ignore', 'pipe', fd],
      timeout: PATIENCE_MS,
    });
    let text = '';
    const { stderr } = child;
    if (stderr === null) return fail(new Error(`cannot execute ${executable}`));
    const giveUp = setTimeout(() => stderr.destroy(new Error(`no answer within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
    stderr.setEncoding('utf8');
    stderr.on('data', (piece: string) => {
      if (text.length < LONGEST) text += piece;
    });
    // The end of the stream, not of the process: the monitor closes it when it answers.
    stderr.on('end', () => done(text));
    stderr.on('close', () => clearTimeout(giveUp));
    stderr.on('error', fail);
    child.on('error', (error) => fail(new Error(`cannot execute ${executable}: ${messageOf(error)}`)));
  });
}
