/** Makes everybody hear of a refusal: the user, syslog, and each manager that waits on a pipe. */
import { byteLength, bytePrefix } from './bytes.js';
import type { Given } from './given.js';
import type { Environment } from './host.js';
import { answeringPipes } from './pipes.js';
import { MESSAGE_SLOT, type Refusal } from './plan.js';
import type { Refused } from './refused.js';
import { failedTemplate, type ReplyKey, replyKey } from './sync-pipe.js';

/** Podman reads its end of the pipe, a packet socket, through a buffer of this size: the rest of a packet is lost. */
const LONGEST_LINE = 4096;

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

/** A complete line that tells of a failure: valid JSON and UTF-8 whatever the message holds, and short enough. */
export function replyLine(key: ReplyKey, message: string): string {
  const template = failedTemplate(key);
  const slot = template.indexOf(MESSAGE_SLOT);
  const room = LONGEST_LINE - byteLength(template) + MESSAGE_SLOT.length;
  return template.slice(0, slot) + escaped(message, room) + template.slice(slot + MESSAGE_SLOT.length);
}

/** The inside of a JSON string of at most `room` bytes; a byte that is no UTF-8 becomes U+FFFD. */
function escaped(message: string, room: number): string {
  let text = '';
  let left = room;
  for (let at = 0; at < message.length;) {
    const code = message.codePointAt(at) ?? 0;
    const character = code >= 0xd800 && code <= 0xdfff ? '\ufffd' : String.fromCodePoint(code);
    const piece = JSON.stringify(character).slice(1, -1);
    left -= byteLength(piece);
    if (left < 0) break;
    text += piece;
    at += code > 0xffff ? 2 : 1;
  }
  return text;
}
