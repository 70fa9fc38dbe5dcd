/**
 * CRI-O: `monitor_path` of each runtime of crio.conf(5).
 *
 * CRI-O reads /etc/crio/crio.conf and then the files of /etc/crio/crio.conf.d in alphabetical order. A table
 * `[crio.runtime.runtimes.NAME]` in a later file replaces the whole earlier one, so the settings of a runtime are repeated
 * where a monitor is added.
 */
import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { parse, type TomlTable } from 'smol-toml';
import { attempt } from '../../node/attempt.js';
import { CtlError } from '../error.js';
import { outputOf } from '../program.js';
import { DROP_IN, dropInText } from './drop-in.js';
import type { Answer, Configured, ManagerConfig, Usage } from './manager.js';
import { dropInsOf, isTable, readToml, setting, type TomlFile } from './toml-file.js';

const CONFIGURATION = '/etc/crio/crio.conf';
const DIRECTORY = '/etc/crio/crio.conf.d';
const OURS = `${DIRECTORY}/${DROP_IN}`;
const RUNTIMES = ['crio', 'runtime', 'runtimes'] as const;

type Runtimes = Readonly<Record<string, TomlTable>>;

/** `crio` is its absolute path, if it is installed. */
export function crio(program: string | undefined): ManagerConfig {
  return {
    title: 'CRI-O',
    path: OURS,
    text: async (conmon) => dropInText('conmonctl setup cri-o --undo', table(await runtimes(program), conmon)),
    ask: () => ask(program),
    files: async () => files(),
    configured: async (some) => configured(readToml(some ?? files())),
    isCurrent: async () => isCurrent(),
    rivals: async () => rivals(),
    next: 'systemctl restart crio',
  };
}

function table(runtimes: Runtimes, conmon: string): TomlTable {
  const entries = Object.entries(runtimes).map(([name, settings]) => [name, { ...settings, monitor_path: conmon }]);
  return { crio: { runtime: { runtimes: Object.fromEntries(entries) } } };
}

/** The existing files in the order in which CRI-O reads them. */
function files(): readonly string[] {
  return [...[CONFIGURATION].filter(existsSync), ...dropInsOf(DIRECTORY)];
}

function configured(all: readonly TomlFile[]): readonly Configured[] {
  const found = new Map<string, Configured>();
  for (const { path, settings } of all) {
    for (const [name, runtime] of Object.entries(withMonitor(tables(settings)))) {
      // A later table replaces the whole earlier one.
      found.delete(name);
      const conmon = runtime['monitor_path'];
      if (typeof conmon === 'string' && conmon !== '') found.set(name, { conmon, file: path });
    }
  }
  return [...found.values()];
}

/** Each runtime has the settings that the other files give it, except the monitor. */
function isCurrent(): boolean {
  const [ours] = readToml([OURS]);
  if (ours === undefined) return true;
  const now = withMonitor(merged(others()));
  const without = ([name, runtime]: [string, TomlTable]) => [name, { ...runtime, monitor_path: undefined }] as const;
  const written = Object.entries(tables(ours.settings)).map(without);
  // What only CRI-O's defaults configure is in none of the files.
  const expected = Object.entries(now).map(without);
  return expected.length === 0 || isDeepStrictEqual(Object.fromEntries(written), Object.fromEntries(expected));
}

/** Only tables of our runtimes replace what we have written. */
function rivals(): readonly string[] {
  const all = readToml(files());
  const at = all.findIndex(({ path }) => path === OURS);
  const ours = at < 0 ? [] : Object.keys(tables(all[at]?.settings ?? {}));
  return all.slice(at + 1).flatMap(({ path, settings }) => {
    const names = Object.keys(tables(settings));
    return names.some((name) => at < 0 || ours.includes(name)) ? [path] : [];
  });
}

/** Those that are configured and have a monitor at all. */
async function runtimes(program: string | undefined): Promise<Runtimes> {
  const found = withMonitor(merged(others()));
  if (Object.keys(found).length > 0) return found;
  const effective = program === undefined ? undefined : await configuration(program);
  const own = effective === undefined ? {} : withMonitor(tables(effective));
  if (Object.keys(own).length > 0) return own;
  const advice = `Name your runtime in ${CONFIGURATION}: [crio.runtime.runtimes.crun] with its runtime_path.`;
  throw new CtlError(`no runtime is configured: neither in ${CONFIGURATION} nor in ${DIRECTORY}`, { advice });
}

/** What CRI-O itself takes for its configuration; values that are its defaults are comments there. */
async function configuration(program: string): Promise<TomlTable | undefined> {
  const { status, stdout } = await outputOf(program, ['config']);
  return status === 0 ? attempt(() => parse(stdout)) : undefined;
}

async function ask(program: string | undefined): Promise<Answer> {
  if (program === undefined) return { kind: 'not asked', reason: 'crio is not installed' };
  const effective = await configuration(program);
  if (effective === undefined) return { kind: 'failed', reason: 'crio config ends with an error' };
  const fallback = setting(effective, 'crio', 'runtime', 'conmon');
  const usages = Object.values(withMonitor(tables(effective))).map((runtime): Usage => {
    const path = runtime['monitor_path'] || fallback || 'conmon';
    return { conmon: String(path), version: undefined };
  });
  return { kind: 'uses', usages };
}

function others(): readonly TomlFile[] {
  return readToml(files().filter((path) => path !== OURS));
}

function merged(files: readonly TomlFile[]): Runtimes {
  return Object.assign({}, ...files.map(({ settings }) => tables(settings)));
}

function tables(settings: TomlTable): Runtimes {
  const found = setting(settings, ...RUNTIMES);
  const entries = Object.entries(isTable(found) ? found : {});
  return Object.fromEntries(entries.flatMap(([name, value]) => (isTable(value) ? [[name, value]] : [])));
}

/** Runtimes of virtual machines and those of pods bring a monitor of their own. */
function withMonitor(runtimes: Runtimes): Runtimes {
  const oci = ([, { runtime_type: type }]: [string, TomlTable]): boolean =>
    type === undefined || type === '' || type === 'oci';
  return Object.fromEntries(Object.entries(runtimes).filter(oci));
}
