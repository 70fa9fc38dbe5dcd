/**
 * Podman: `[engine] conmon_path` of containers.conf(5).
 *
 * Read in this order, the last one wins: /usr/share/containers/containers.conf, /etc/containers/containers.conf, the files of
 * /etc/containers/containers.conf.d, and for users the same two below ~/.config/containers. Root's Podman does not read the
 * latter. With `CONTAINERS_CONF` in the environment nothing but that file is read.
 */
import { join } from 'node:path';
import { CtlError } from '../error.js';
import { outputOf } from '../program.js';
import { DROP_IN, dropInText } from './drop-in.js';
import type { Answer, Manager } from './manager.js';
import { dropInsOf, readToml, setting } from './toml-file.js';

/** Who sets Podman up, and for whom. */
export interface PodmanUser {
  readonly env: NodeJS.ProcessEnv;
  /** For the calling user alone, not for the whole machine. */
  readonly user: boolean;
  /** Absolute path of podman, if it is installed. */
  readonly podman: string | undefined;
}

const SYSTEM = '/etc/containers';

export function podman(who: PodmanUser): Manager {
  const folder = who.user ? userDirectory(who.env) : SYSTEM;
  const path = join(folder, 'containers.conf.d', DROP_IN);
  const undo = `conmonctl setup podman${who.user ? ' --user' : ''} --undo`;
  return {
    title: 'Podman',
    path,
    text: async (conmon) => dropInText(undo, { engine: { conmon_path: [conmon] } }),
    ask: () => ask(who.podman),
    rivals: () => rivals(who, path),
    next: undefined,
  };
}

async function ask(program: string | undefined): Promise<Answer> {
  if (program === undefined) return { kind: 'not asked', reason: 'podman is not installed' };
  const { status, stdout, stderr } = await outputOf(program, ['info', '--format', '{{json .Host.Conmon}}']);
  if (status !== 0)
    return { kind: 'not asked', reason: `podman info ended with status ${status}: ${lastLine(stderr)}` };
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

function rivals({ env, user }: PodmanUser, ours: string): readonly string[] {
  const override = env['CONTAINERS_CONF'];
  if (override !== undefined && override !== '') return [override];
  const folders = ['/usr/share/containers', SYSTEM, ...(user ? [userDirectory(env)] : [])];
  const files = folders.flatMap((folder) => [
    join(folder, 'containers.conf'),
    ...dropInsOf(join(folder, 'containers.conf.d')),
  ]);
  return readToml(files.filter((path) => path !== ours))
    .filter(({ settings }) => setting(settings, 'engine', 'conmon_path') !== undefined)
    .map(({ path }) => path);
}

function userDirectory(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_CONFIG_HOME'] || (env['HOME'] === undefined ? undefined : join(env['HOME'], '.config'));
  if (base === undefined) throw new CtlError('neither HOME nor XDG_CONFIG_HOME is set: where is your configuration?');
  return join(base, 'containers');
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
