/** The logs of a plan: which drivers, with which parameters. */
import type { Given } from './given.js';
import { journaldLog } from './journald.js';
import { type LogTarget, parseLogPath } from './log-path.js';
import type { Knobs } from './knobs.js';
import type { FileLog, LogDriver, LogLevel, LogsPlan, Rotation } from './plan.js';
import { Refused } from './refused.js';

/** Every `--log-path` in order. */
export function logTargets(given: Given): readonly LogTarget[] {
  const values = given.lists['log-path'];
  if (values === undefined) throw new Refused('plain', 'Log driver not provided. Use --log-path');
  return values.map(parseLogPath);
}

/** Whether the container gets our caller's own streams. */
export function isPassthrough(targets: readonly LogTarget[]): boolean {
  return targets.some((target) => target.kind === 'passthrough');
}

/**
 * The logs to keep; a target given twice is kept once.
 *
 * @throws {Refused} when an option asks for what no driver in use can do.
 */
export function planLogs(given: Given, cid: string, targets: readonly LogTarget[], knobs: Knobs): LogsPlan {
  checkJournaldOptions(given, targets);
  const drivers: LogDriver[] = [];
  let journald = false;
  for (const target of targets) {
    if (target.kind === 'journald') {
      if (!journald) drivers.push({ journald: journaldLog(given, cid) });
      journald = true;
    } else if (target.kind === 'file' && !drivers.some((driver) => pathOf(driver) === target.path)) {
      drivers.push({ file: fileLog(target, given, knobs) });
    }
  }
  return { drivers, fsync: given.flags['no-sync-log'] !== true, lossMarker: knobs.lossMarker };
}

/**
 * Which labels C conmon 2.2 would refuse, in its words. Podman accepts such labels, so this is logged only
 * with level info or a lower one.
 */
export function labelRemarks(given: Given, level: LogLevel): string[] {
  if (level === 'error' || level === 'warning') return [];
  return (given.lists['log-label'] ?? [])
    .filter((label) => label.includes('=', label.indexOf('=') + 1))
    .map(
      (label) =>
        `Container labels must be in format LABEL=VALUE with a single '=' for C conmon; the value in '${label}' is everything after the first`,
    );
}

function checkJournaldOptions(given: Given, targets: readonly LogTarget[]): void {
  const file = targets.find((target) => target.kind === 'file');
  if (file === undefined || targets.some((target) => target.kind === 'journald')) return;
  if (given.strings['log-tag'] !== undefined) throw new Refused('plain', `${file.format} doesn't support --log-tag`);
  if (given.lists['log-label'] !== undefined) throw new Refused('plain', `${file.format} doesn't support --log-label`);
}

function pathOf(driver: LogDriver): string | undefined {
  return 'file' in driver ? driver.file.path : undefined;
}

function fileLog(target: Pick<FileLog, 'format' | 'path'>, given: Given, knobs: Knobs): FileLog {
  return {
    format: target.format,
    path: target.path,
    maxBytes: limitOf(given.numbers['log-size-max']),
    maxTotalBytes: limitOf(given.numbers['log-global-size-max']),
    rotation: rotationOf(given, knobs),
    allowlist: given.lists['log-allowlist-dir'] ?? [],
  };
}

/** Zero and less mean no limit, as in C. */
function limitOf(bytes: number | undefined): number | null {
  return bytes !== undefined && bytes > 0 ? bytes : null;
}

function rotationOf(given: Given, knobs: Knobs): Rotation | null {
  const wanted = given.flags['log-rotate'] === true;
  if (!wanted && knobs.logRotate === null) return null;
  const files = given.numbers['log-max-files'] ?? (wanted ? 1 : (knobs.logRotate ?? 1));
  return files < 1 ? null : { files, compress: knobs.logCompress, onReopen: wanted };
}
