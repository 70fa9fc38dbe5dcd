/**
 * The journal, where containers may log.
 */
import { type Finding, good, note } from './finding.js';
import type { Machine } from './machine.js';

const SOCKET = '/run/systemd/journal/socket';
const PERSISTENT = '/var/log/journal';

export function journalFindings(machine: Machine): readonly Finding[] {
  if (!machine.exists(SOCKET)) {
    const advice = 'The log driver journald works only with it; use k8s-file.';
    return [note('journal', 'journald is not running here', advice)];
  }
  if (machine.exists(PERSISTENT)) return [good('journal', 'journald listens, and keeps its files')];
  const advice = `mkdir ${PERSISTENT} and systemctl restart systemd-journald, to keep logs across reboots.`;
  return [note('journal', 'journald listens, but its logs are lost at a reboot', advice)];
}
