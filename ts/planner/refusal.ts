/** Reports a refusal to the user, to syslog, and to each manager that waits on a pipe. */
import { byteLength, bytePrefix } from './bytes.js';
import type { Given } from './given.js';
import type { Environment } from './host.js';
import { answeringPipes } from './pipes.js';
import { ELLIPSIS, MAX_MESSAGE, MESSAGE_SLOT } from './constants.js';
import type { Refusal } from './plan.js';
import type { Refused } from './refused.js';
import { failedTemplate, type ReplyKey, replyKey } from './sync-pipe.js';

/** How much of the container id the lines in syslog begin with. */
const SYSLOG_ID_BYTES = 20;

/** The answer to a command line that cannot be carried out; `given` holds what was understood of it. */
export function refusal(refused: Refused, given: Given, env: Environment): Refusal {
  const line = replyLine(replyKey(given), refused.message);
  return {
    stderr: refused.line(),
    syslog: given.flags.syslog === true ? syslogLine(refused, given.strings.cid) : null,
    replies: answeringPipes(env).map((fd) => ({ fd, line })),
    status: 1,
  };
}

/** In the form of C conmon, so that what looks for a container finds both. */
function syslogLine(refused: Refused, cid: string | undefined): string {
  const who = cid === undefined ? 'conmon' : `conmon ${bytePrefix(cid, SYSLOG_ID_BYTES)}`;
  return `${who} <error>: ${refused.message}`;
}

/** A complete line that reports a failure: valid JSON and UTF-8 whatever the message holds, and short enough. */
export function replyLine(key: ReplyKey, message: string): string {
  const template = failedTemplate(key);
  const slot = template.indexOf(MESSAGE_SLOT);
  const room = MAX_MESSAGE - byteLength(template) + MESSAGE_SLOT.length;
  return template.slice(0, slot) + escaped(message, room) + template.slice(slot + MESSAGE_SLOT.length);
}

/**
 * The inside of a JSON string of at most `room` bytes; a byte that is not UTF-8 becomes U+FFFD. A message ends with the
 * reason, so one that does not fit keeps its beginning and its end.
 */
function escaped(message: string, room: number): string {
  const pieces = Array.from(relevantPart(message), escapedCharacter);
  if (lengthOf(pieces) <= room) return pieces.join('');
  const part = Math.floor((room - byteLength(ELLIPSIS)) / 2);
  const beginning = pieces.slice(0, countThatFits(pieces, part));
  const end = pieces.slice(pieces.length - countThatFits(pieces.toReversed(), part));
  return [...beginning, ELLIPSIS, ...end].join('');
}

/** What can matter of a message: it may be as long as a command line, and each unit takes a byte or more. */
function relevantPart(message: string): string {
  if (message.length <= 2 * MAX_MESSAGE) return message;
  return message.slice(0, MAX_MESSAGE) + message.slice(-MAX_MESSAGE);
}

function escapedCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return JSON.stringify(code >= 0xd800 && code <= 0xdfff ? '\ufffd' : character).slice(1, -1);
}

function lengthOf(pieces: readonly string[]): number {
  return pieces.reduce((bytes, piece) => bytes + byteLength(piece), 0);
}

function countThatFits(pieces: readonly string[], room: number): number {
  let left = room;
  const surplus = pieces.findIndex((piece) => (left -= byteLength(piece)) < 0);
  return surplus < 0 ? pieces.length : surplus;
}
