/**
 * The protocol of the sync pipe: one line of JSON for each message. The key is `data` for managers that speak version
 * 1, which Podman does; CRI-O speaks the older one, with a key for each use.
 */
import type { Given } from './given.js';
import { MESSAGE_SLOT, NUMBER_SLOT } from './constants.js';
import type { AttachPipePlan, SyncPipePlan, Template } from './plan.js';

/** The message of an exec session that has reached its time limit; CRI-O compares it word for word. */
export const EXEC_TIMED_OUT = 'command timed out';

export type ReplyKey = 'data' | 'exit_code' | 'pid';

/** The key of the numbers that the manager waits for. */
export function replyKey({ flags }: Given): ReplyKey {
  if (flags['api-version'] === true) return 'data';
  return flags.exec === true ? 'exit_code' : 'pid';
}

/** The messages of this mode. */
export function syncPipe(fd: number | null, given: Given): SyncPipePlan {
  const key = replyKey(given);
  const exec = given.flags.exec === true;
  return {
    fd,
    started: key === 'exit_code' ? null : `{"${key}": ${NUMBER_SLOT}}\n`,
    failed: failedTemplate(key),
    exited: exec ? `{"${key}": ${NUMBER_SLOT}}\n` : null,
    timedOut: exec ? `{"${key}": -1, "message": "${EXEC_TIMED_OUT}"}\n` : null,
  };
}

/** The messages of `--exec-attach`, which only version 1 has. */
export function attachPipe(fd: number): AttachPipePlan {
  return { fd, ready: '{"data": 0}\n', failed: failedTemplate('data') };
}

/** A failure: the number is −1, the message is a slot. */
export function failedTemplate(key: ReplyKey): Template {
  return `{"${key}": -1, "message": "${MESSAGE_SLOT}"}\n`;
}
