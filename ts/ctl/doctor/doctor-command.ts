/**
 * `conmonctl doctor`: all checks, in order, and how they are printed.
 */
import { messageOf } from '../error.js';
import { jsonText } from '../json-text.js';
import { conmonPath } from '../locate.js';
import { paint, type Paint } from '../paint.js';
import { printOut } from '../standard-stream.js';
import { type Finding, good, problem, warning } from './finding.js';
import { journalFindings } from './journal.js';
import { kernelFindings } from './kernel.js';
import { leftoverFindings } from './leftovers.js';
import { limitFindings } from './limits.js';
import { type Machine, thisMachine, versionOf } from './machine.js';
import { managerFindings } from './managers.js';
import { orphanFindings } from './orphans.js';
import { rootlessFindings } from './rootless.js';
import { runtimeFindings } from './runtimes.js';
import { versionFindings } from './versions.js';
import { visible, visibleLines } from '../visible.js';

const PROBLEMS = 1;
const WIDTH = 10;

/** Resolves with the exit status. */
export async function doctorCommand(options: { readonly json?: boolean | undefined }): Promise<number> {
  const findings = await examine(thisMachine());
  const shown = options.json === true ? `${jsonText({ findings })}\n` : text(findings, paint());
  await printOut(shown);
  return findings.some(({ level }) => level === 'problem') ? PROBLEMS : 0;
}

async function examine(machine: Machine): Promise<readonly Finding[]> {
  const [own, finding] = await monitor(machine);
  return [
    finding,
    ...kernelFindings(machine),
    ...(await runtimeFindings(machine)),
    ...(await examined('managers', () => managerFindings(machine, own))),
    ...rootlessFindings(machine),
    ...limitFindings(machine),
    ...journalFindings(machine),
    ...(await examined('rescue', () => orphanFindings())),
    ...(await examined('leftovers', () => leftoverFindings())),
    ...(await examined('versions', () => versionFindings(own))),
  ];
}

/** A check that fails does not hide the other findings. */
async function examined(topic: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [
      warning(
        topic,
        `could not be examined: ${messageOf(error)}`,
        'The other findings are complete. conmonctl ps may have more about it.',
      ),
    ];
  }
}

/** This package's own. */
async function monitor(machine: Machine): Promise<readonly [path: string | undefined, finding: Finding]> {
  try {
    const path = conmonPath(undefined, machine.env);
    const version = await versionOf(machine, path);
    if (version !== undefined) return [path, good('monitor', `${path}, ${version}`)];
    return [
      undefined,
      problem('monitor', `${path} does not run here`, 'Is it for this processor? Reinstall the package.'),
    ];
  } catch (error) {
    const advice =
      'Install the package again, from where it came, without --omit=optional. CONMON_BINARY names another monitor.';
    return [undefined, problem('monitor', messageOf(error), advice)];
  }
}

function text(findings: readonly Finding[], paint: Paint): string {
  const sign = { good: paint.good('✓'), note: paint.faint('·'), warning: paint.warm('!'), problem: paint.bad('✗') };
  const lines = findings.flatMap(({ level, topic, what, advice }) => [
    `${sign[level]} ${topic.padEnd(WIDTH)} ${level === 'good' ? visible(what) : paint.strong(visible(what))}`,
    ...visibleLines(advice ?? '')
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [`  ${' '.repeat(WIDTH)} → ${line}`])),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}
