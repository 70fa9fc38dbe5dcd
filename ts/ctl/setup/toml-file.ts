/**
 * Settings in the TOML files of container managers.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type TomlTable, type TomlValue } from 'smol-toml';
import { readText } from '../../node/foreign/read-text.js';

/** A file that could be read, and what it says. */
export interface TomlFile {
  readonly path: string;
  readonly settings: TomlTable;
}

/** Those of the files that are there and can be understood, in their order. */
export function readToml(paths: readonly string[]): readonly TomlFile[] {
  return paths.flatMap((path) => {
    try {
      return [{ path, settings: parse(readText(path)) }];
    } catch {
      // Not there, not ours to read, or no TOML: then the manager itself complains.
      return [];
    }
  });
}

/** The `.conf` files of a directory in the order in which managers read them. */
export function dropInsOf(directory: string): readonly string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.conf'));
    return names.toSorted().map((name) => join(directory, name));
  } catch {
    return [];
  }
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
