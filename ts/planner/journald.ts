import { byteLength, bytePrefix } from './bytes.js';
import type { Given } from './given.js';
import type { JournaldLog } from './plan.js';
import { Refused } from './refused.js';

/** The length of a short container id, as people see it in `podman ps`. */
const SHORT_ID_BYTES = 12;

/**
 * The fields that journald records carry, in C conmon's order. Readers find a container by CONTAINER_ID_FULL, and
 * show SYSLOG_IDENTIFIER as the writer of a line: the tag, else the name, else the short id.
 *
 * @throws {Refused} when the id is too short, or a label has no key or a malformed one.
 */
export function journaldLog(given: Given, cid: string): JournaldLog {
  if (byteLength(cid) <= SHORT_ID_BYTES) throw new Refused('plain', 'Container ID must be longer than 12 characters');
  const shortId = bytePrefix(cid, SHORT_ID_BYTES);
  const tag = given.strings['log-tag'];
  const name = given.strings.name;
  const fields: [string, string][] = [
    ['CONTAINER_ID_FULL', cid],
    ['CONTAINER_ID', shortId],
  ];
  if (tag !== undefined) fields.push(['CONTAINER_TAG', tag]);
  if (name !== undefined) fields.push(['CONTAINER_NAME', name]);
  fields.push(['SYSLOG_IDENTIFIER', tag ?? name ?? shortId]);
  for (const label of given.lists['log-label'] ?? []) fields.push(labelField(label));
  return { fields, partialMessage: given.flags['no-container-partial-message'] !== true };
}

/** The value is everything after the first `=`: Podman checks only the key, so its labels may hold more of them. */
function labelField(label: string): [string, string] {
  const equals = label.indexOf('=');
  if (equals === 0) {
    throw new Refused('detailed', `Container labels must be in format LABEL=VALUE (no LABEL present in '${label}')`);
  }
  if (equals < 0) {
    throw new Refused('detailed', `Container labels must be in format LABEL=VALUE (no '=' present in '${label}')`);
  }
  const name = label.slice(0, equals);
  if (!isFieldName(name)) {
    const rule = 'Container label names must contain only uppercase letters, numbers and underscore';
    throw new Refused('detailed', `${rule} (in '${label}')`);
  }
  return [name, label.slice(equals + 1)];
}

function isFieldName(name: string): boolean {
  for (let at = 0; at < name.length; at += 1) {
    const code = name.charCodeAt(at);
    if (!((code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95)) return false;
  }
  return true;
}
