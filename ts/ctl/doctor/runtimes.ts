/**
 * OCI runtimes.
 */
import { type Finding, good, note, problem } from './finding.js';
import { type Machine, versionOf } from './machine.js';

const RUNTIMES = ['crun', 'runc', 'youki', 'kata-runtime'] as const;

export async function runtimeFindings(machine: Machine): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const name of RUNTIMES) {
    const path = machine.find(name);
    if (path === undefined) continue;
    const version = await versionOf(machine, path);
    findings.push(
      version === undefined
        ? note('runtime', `${path} does not print its version`, 'Call it by hand: is it for this processor?')
        : good('runtime', `${path}, ${version}`),
    );
  }
  if (findings.length > 0) return findings;
  return [problem('runtime', 'no OCI runtime is installed', 'Install one: apt-get install crun (or runc).')];
}
