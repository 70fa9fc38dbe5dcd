/** An executable in place of the native one that prints how it was started. It only needs a shell. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './root.js';

/** Reads /proc about itself, but the signals of its first child: while it waits for that one, a shell blocks all. */
const SCRIPT = `#!/bin/sh
out=\${0%/*}
cat /proc/self/status >"$out/status"
cat /proc/$$/environ >"$out/environ"
cat /proc/$$/cmdline >"$out/cmdline"
cat /proc/$$/fdinfo/1 >"$out/stdout"
plan=$(tr '\\0' '\\n' </proc/$$/environ | sed -n 's/^_CONMON_PLAN_FD=//p')
cat "/proc/$$/fd/$plan" >"$out/plan"
ls -l /proc/$$/fd >"$out/descriptors"
exit 7
`;

/** The exit status of the probe. */
export const PROBED = 7;

/** What is known about the process after its replacement. */
export interface Findings {
  readonly exit: number | null;
  readonly stderr: string;
  readonly argv: readonly Buffer[];
  readonly environment: readonly Buffer[];
  readonly plan: unknown;
  readonly status: string;
  readonly stdoutFlags: number;
  /** Number to what it refers to. */
  readonly descriptors: ReadonlyMap<number, string>;
}

export interface Start {
  readonly argv: readonly Buffer[];
  readonly environment?: readonly Buffer[];
  /** Descriptors from 3 on. */
  readonly descriptors?: readonly number[];
}

/** Runs `bin/conmon-node` so that the probe replaces it. */
export function afterReplacement({ argv, environment = [], descriptors = [] }: Start): Findings {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'conmon-probe-')));
  try {
    const probe = join(directory, 'conmon');
    writeFileSync(probe, SCRIPT, { mode: 0o755 });
    const all = [
      Buffer.from(`PATH=${process.env['PATH'] ?? ''}`),
      Buffer.from(`CONMON_BINARY=${probe}`),
      ...environment,
    ];
    const command = `exec env -i ${[...all, Buffer.from(join(ROOT, 'bin/conmon-node')), ...argv].map(quoted).join(' ')}`;
    const { status, stderr } = spawnSync('/bin/sh', ['-c', command], {
      stdio: ['ignore', 'pipe', 'pipe', ...descriptors],
    });
    return { exit: status, stderr: String(stderr), ...findings(directory) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function findings(directory: string): Omit<Findings, 'exit' | 'stderr'> {
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  const list = (name: string): Buffer[] => split(readFileSync(join(directory, name)));
  return {
    // The shell and the path of the script precede them.
    argv: list('cmdline').slice(2),
    environment: list('environ'),
    plan: JSON.parse(read('plan')),
    status: read('status'),
    stdoutFlags: Number.parseInt(/^flags:\s*(\d+)$/m.exec(read('stdout'))?.[1] ?? '', 8),
    descriptors: new Map(
      Array.from(read('descriptors').matchAll(/ (\d+) -> (.*)$/gm), ([, fd, target]) => [Number(fd), String(target)]),
    ),
  };
}

/** A word of a shell command, whatever bytes it has. It must not end with a newline. */
function quoted(bytes: Buffer): string {
  return `"$(printf '${Array.from(bytes, (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}')"`;
}

function split(bytes: Buffer): Buffer[] {
  const text = bytes.toString('latin1').replace(/\0$/, '');
  return text.split('\0').map((entry) => Buffer.from(entry, 'latin1'));
}
