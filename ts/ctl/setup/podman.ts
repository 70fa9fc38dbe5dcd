/**
 * Podman: `[engine] conmon_path` of containers.conf(5), a list of which the first file that exists is used.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { caller, ROOT } from '../../node/users.js';
import { CtlError } from '../error.js';
import { outputOf } from '../program.js';
import { DROP_IN, dropInText } from './drop-in.js';
import type { Answer, Configured, ManagerConfig } from './manager.js';
import { podmanFiles, SYSTEM, userDirectory } from './podman-files.js';
import { readToml, setting, type TomlFile } from './toml-file.js';

/** Who sets Podman up, and for whom. */
export interface PodmanUser {
  readonly env: NodeJS.ProcessEnv;
  /** For the calling user alone, not for the whole machine. */
  readonly user: boolean;
  /** Absolute path of podman, if it is installed. */
  readonly podman: string | undefined;
}

export function podman(who: PodmanUser): ManagerConfig {
  const directory = who.user ? ownDirectory(who.env) : SYSTEM;
  const path = join(directory, 'containers.conf.d', DROP_IN);
  const undo = `conmonctl setup podman${who.user ? ' --user' : ''} --undo`;
  const uid = who.user ? caller() : ROOT;
  let major: Promise<number | undefined> | undefined;
  const files = async (): Promise<readonly string[]> => {
    major ??= majorOf(who.podman);
    return podmanFiles({ env: who.env, uid, major: await major });
  };
  return {
    title: 'Podman',
    path,
    text: async (conmon) => dropInText(undo, { engine: { conmon_path: [conmon] } }),
    ask: () => ask(who.podman),
    files,
    configured: async (some) => configured(naming(some ?? (await files()))),
    // The file repeats no other settings, so it cannot become outdated.
    isCurrent: async () => true,
    rivals: async () => {
      // Podman then reads no other file.
      const only = who.env['CONTAINERS_CONF'];
      if (only) return [only];
      const found = naming(await files()).map((file) => file.path);
      return found.slice(found.indexOf(path) + 1);
    },
    next: undefined,
  };
}

/** `podman version 4.3.1`. */
async function majorOf(program: string | undefined): Promise<number | undefined> {
  if (program === undefined) return undefined;
  const { stdout } = await outputOf(program, ['--version']).catch(() => ({ stdout: '' }));
  const major = /(\d+)\.\d/.exec(stdout)?.[1];
  return major === undefined ? undefined : Number(major);
}

/** Those of the files that have the setting. */
function naming(paths: readonly string[]): readonly TomlFile[] {
  return readToml(paths).filter(({ settings }) => setting(settings, 'engine', 'conmon_path') !== undefined);
}

function configured(files: readonly TomlFile[]): readonly Configured[] {
  const last = files.at(-1);
  const value = last && setting(last.settings, 'engine', 'conmon_path');
  if (last === undefined || !Array.isArray(value)) return [];
  const all = value.map(String);
  const conmon = all.find((path) => existsSync(path)) ?? all[0];
  return conmon === undefined ? [] : [{ conmon, file: last.path }];
}

async function ask(program: string | undefined): Promise<Answer> {
  if (program === undefined) return { kind: 'not asked', reason: 'podman is not installed' };
  const { status, stdout, stderr } = await outputOf(program, ['info', '--format', '{{json .Host.Conmon}}']);
  if (status !== 0) return { kind: 'failed', reason: `podman info ended with status ${status}: ${lastLine(stderr)}` };
  const { path, version } = parseConmon(stdout);
  return { kind: 'uses', usages: [{ conmon: path, version }] };
}

function parseConmon(text: string): { readonly path: string; readonly version: string | undefined } {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('path' in value) || typeof value.path !== 'string') {
    throw new CtlError(`podman info does not name its conmon: ${text.trim()}`);
  }
  const version = 'version' in value && typeof value.version === 'string' ? value.version : undefined;
  return { path: value.path, version };
}

function ownDirectory(env: NodeJS.ProcessEnv): string {
  const directory = userDirectory(env);
  if (directory !== undefined) return directory;
  throw new CtlError('neither HOME nor XDG_CONFIG_HOME is set: where is your configuration?');
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
