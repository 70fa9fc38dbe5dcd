/** C conmon as the reference: what it prints for a command line, and how it would call the runtime. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GoldenCase } from './golden-cases.js';
import { missing, orSkip } from '../support/needs.js';
import { bytesOf, run } from './support.js';

export const PROGRAM = '/usr/bin/conmon';
/** The line of versions whose words and calls the planner follows. */
const VERSION = /^conmon version 2\.1\./;

/** The outcome of a command line. Without a call of the runtime, it was refused or only printed something. */
export interface Outcome {
  readonly status: number | null;
  /** What the user reads of a refusal. C conmon 2.1.6 prints mistakes in form on stdout, later ones on stderr. */
  readonly complaint: string;
  /** Arguments of the runtime in hexadecimal, the path of the console socket left empty. */
  readonly runtime: readonly string[] | null;
}

/** Options of a test that asks C conmon. */
export function cNeeds(): { skip?: string } {
  const reason = missing('conmon');
  if (reason !== undefined) return orSkip(reason);
  const version = execFileSync(PROGRAM, ['--version'], { encoding: 'utf8' });
  return orSkip(VERSION.test(version) ? undefined : 'C conmon is not of version 2.1');
}

/** A directory with a runtime that only writes down its arguments. */
export class Judge {
  readonly directory = mkdtempSync(join(tmpdir(), 'conmon-golden-'));
  readonly runtime = join(this.directory, 'runtime');

  constructor() {
    const script = '#!/bin/sh\n[ "$#" = 0 ] || printf \'%s\\0\' "$@" > "$CALL.new" && mv "$CALL.new" "$CALL"\nexit 1\n';
    writeFileSync(this.runtime, script, { mode: 0o755 });
  }

  /** Runs C conmon in the foreground, with UTF-8 as its encoding. */
  ask(argv: readonly string[], env: Readonly<Record<string, string>>): Outcome {
    const call = join(this.directory, 'call');
    rmSync(call, { force: true });
    const { status, stdout, stderr } = spawnSync('/bin/sh', [this.#script(argv)], {
      cwd: this.directory,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TMPDIR: this.directory, CALL: call, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20_000,
    });
    const runtime = existsSync(call) ? argumentsIn(readFileSync(call)) : null;
    const complaint = runtime === null && status !== 0 ? Buffer.concat([stdout, stderr]).toString('latin1') : '';
    return { status, complaint, runtime };
  }

  /** Node passes arguments as UTF-8 only; a script can hold any bytes. */
  #script(argv: readonly string[]): string {
    const path = join(this.directory, 'command');
    const words = argv.map((word) => Buffer.concat([bytesOf(` '${word.replaceAll("'", String.raw`'\''`)}'`)]));
    writeFileSync(path, Buffer.concat([Buffer.from(`exec ${PROGRAM}`), ...words, Buffer.from('\n')]));
    return path;
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** What the planner prints for the same command line in the same place. */
export function planned({ directory, runtime }: Judge, { argv, env }: Required<GoldenCase>): Outcome {
  const result = run(argv, { env, cwd: directory, executables: [runtime] });
  if ('plan' in result) {
    return { status: 1, complaint: '', runtime: comparable(result.plan.runtime.argv.slice(1).map(bytesOf)) };
  }
  if ('text' in result) return { status: result.text.status, complaint: '', runtime: null };
  return { status: result.refusal.status, complaint: bytesOf(result.refusal.stderr).toString('latin1'), runtime: null };
}

/** Arguments in the form of {@link Outcome}. */
function comparable(argv: readonly Buffer[]): readonly string[] {
  return argv.map((word, at) => (argv[at - 1]?.toString() === '--console-socket' ? '' : word.toString('hex')));
}

function argumentsIn(dump: Buffer): readonly string[] {
  const words: Buffer[] = [];
  for (let at = 0; at < dump.length;) {
    const end = dump.indexOf(0, at);
    words.push(dump.subarray(at, end));
    at = end + 1;
  }
  return comparable(words);
}
