/**
 * What `doctor` reads from the machine.
 */
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { arch, release, userInfo } from 'node:os';
import { attempt } from '../../node/attempt.js';
import { findProgram } from '../../node/native/find-program.js';
import { outputOf } from '../program.js';

export interface Machine {
  readonly uid: number;
  readonly user: string;
  readonly env: NodeJS.ProcessEnv;
  /** As `uname -r` prints it. */
  readonly kernel: string;
  /** As Node calls it: `x64`. */
  readonly processor: string;
  /** Content of a file; undefined if it cannot be read. */
  read(path: string): string | undefined;
  exists(path: string): boolean;
  /** Type of the file system, statfs(2); undefined if the path does not exist. */
  fileSystem(path: string): number | undefined;
  /** Absolute path of a program in PATH. */
  find(program: string): string | undefined;
  /** What a program prints on stdout; undefined if it fails. */
  output(program: string, args: readonly string[]): Promise<string | undefined>;
}

/** The first line of a program's `--version`; undefined if it fails. */
export async function versionOf(machine: Machine, program: string): Promise<string | undefined> {
  return (await machine.output(program, ['--version']))?.split('\n')[0];
}

/** This machine. */
export function thisMachine(): Machine {
  const { env } = process;
  const { uid, username } = userInfo();
  return {
    ...{ uid, env, user: username, kernel: release(), processor: arch(), exists: existsSync },
    read: (path) => attempt(() => readFileSync(path, 'utf8')),
    fileSystem: (path) => attempt(() => statfsSync(path).type),
    find: (program) => findProgram(program, env),
    output: (program, args) =>
      outputOf(program, args).then(
        ({ status, stdout }) => (status === 0 ? stdout : undefined),
        () => undefined,
      ),
  };
}
