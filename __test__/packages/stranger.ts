/** A user with only Node and a package manager: an empty home directory, and no path into this checkout. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { command, type Result } from '../support/command.js';
import { ROOT } from '../support/target.js';
import { emptyDirectory, strangersEnvironment } from './packed.js';

const PATIENCE = 120_000;

export interface Stranger {
  /** An empty directory, below it everything else. */
  readonly directory: string;
  /** A project with a package.json and nothing installed. */
  readonly project: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs a command in the project, or in the directory given. */
  run(words: readonly string[], options?: { cwd?: string; env?: NodeJS.ProcessEnv }): Promise<Result>;
  /** The same; throws when it fails. Resolves with what it prints, without white space around. */
  ok(...words: readonly string[]): Promise<string>;
}

/** @param address of the registry that its package managers use; without one they have no network */
export function stranger(t: Test, address?: string): Stranger {
  const directory = emptyDirectory(t);
  const home = join(directory, 'home');
  const project = join(directory, 'project');
  for (const each of [home, project]) mkdirSync(each);
  writeFileSync(join(project, 'package.json'), '{"name":"stranger","version":"1.0.0","private":true}');
  // Read by npm and pnpm.
  writeFileSync(join(home, '.npmrc'), address === undefined ? 'offline=true\n' : `registry=${address}/\n`);
  const env = strangersEnvironment(home, { npm_config_audit: 'false', npm_config_fund: 'false' });
  const run: Stranger['run'] = (words, options = {}) =>
    command(words, { cwd: options.cwd ?? project, env: { ...env, ...options.env }, patience: PATIENCE });
  const ok: Stranger['ok'] = async (...words) => {
    const { code, text, stderr } = await run(words);
    if (code !== 0) throw new Error(`${words.join(' ')}: ${code}\n${text}${stderr}`);
    return text.trim();
  };
  return { directory, project, env, run, ok };
}

/** The command of a package manager that is among the packages that this checkout is tested with. */
export const PNPM: readonly string[] = [process.execPath, `${ROOT}node_modules/pnpm/bin/pnpm.cjs`];
export const YARN: readonly string[] = [process.execPath, `${ROOT}node_modules/@yarnpkg/cli-dist/bin/yarn.js`];

/** All three commands work, called as programs of this directory. */
export async function commandsWork(t: Test, { ok, env }: Stranger, bin: string, version: string): Promise<void> {
  t.equal(env['CONMON_BINARY'], undefined);
  for (const name of ['conmon', 'conmon-node']) {
    t.match(await ok(join(bin, name), '--version'), `\ncommit: conmon-node-${version}-`, name);
  }
  t.equal(await ok(join(bin, 'conmonctl'), 'run', '--', '/bin/echo', 'hello'), 'hello', 'conmonctl');
}

/** What each command reports without an executable. The status is that of a refusal, or of a failure of conmonctl. */
export async function commandsReport(t: Test, { run }: Stranger, bin: string, words: RegExp): Promise<void> {
  const container = ['-c', 'id', '-u', 'uuid', '-r', '/bin/true', '-l', 'none'];
  for (const [name, args, status] of [
    ['conmon', container, 1],
    ['conmon-node', container, 1],
    ['conmonctl', ['run', '--runtime', '/bin/true', '--', '/bin/true'], 125],
  ] as const) {
    const { code, stderr } = await run([join(bin, name), ...args]);
    t.equal(code, status, name);
    t.match(stderr.replaceAll(/\s+/g, ' '), words, name);
  }
}
