/**
 * Settings in the TOML files of container managers.
 */
import { join } from 'node:path';
import { parse, TomlError, type TomlTable, type TomlValue } from 'smol-toml';
import { namesIn } from '../../node/attempt.js';
import { isErrno } from '../../node/errno.js';
import { readText } from '../../node/foreign/read-text.js';
import { reasonOf } from '../error.js';

/** A file that could be read, and its settings. */
export interface TomlFile {
  readonly path: string;
  readonly settings: TomlTable;
}

/** A file that exists but that no manager can read, and why. */
export interface BrokenFile {
  readonly path: string;
  readonly reason: string;
}

/** Those of the files that exist and can be parsed, in their order. */
export function readToml(paths: readonly string[]): readonly TomlFile[] {
  return paths.map(readOne).filter((file) => file !== undefined && 'settings' in file);
}

/** Those of the files that exist and cannot be parsed, in their order. */
export function brokenToml(paths: readonly string[]): readonly BrokenFile[] {
  return paths.map(readOne).filter((file) => file !== undefined && 'reason' in file);
}

function readOne(path: string): TomlFile | BrokenFile | undefined {
  try {
    return { path, settings: parse(readText(path)) };
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined;
    if (!(error instanceof TomlError)) return { path, reason: reasonOf(error) };
    // The rest of the message shows the place in the file.
    const [first = ''] = error.message.split('\n');
    return { path, reason: `line ${error.line}: ${first.replace('Invalid TOML document: ', '')}` };
  }
}

/** The `.conf` files of a directory in the order in which managers read them. */
export function dropInsOf(directory: string): readonly string[] {
  const names = namesIn(directory).filter((name) => name.endsWith('.conf'));
  return names.toSorted().map((name) => join(directory, name));
}

/** The value at a place such as `engine`, `conmon_path`. */
export function setting(table: TomlTable, ...keys: readonly string[]): TomlValue | undefined {
  let value: TomlValue | undefined = table;
  for (const key of keys) value = isTable(value) ? value[key] : undefined;
  return value;
}

/** Whether it is a table, and not a plain value, list or date. */
export function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}
