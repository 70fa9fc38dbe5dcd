import type { LogFormat } from './plan.js';
import { Refused } from './refused.js';
import { FILE_DRIVERS } from './tables.js';

/** Where one `--log-path` sends the output. `none` keeps nothing; `passthrough` leaves it to our caller's streams. */
export type LogTarget =
  | { readonly kind: 'none' | 'passthrough' | 'journald' }
  | { readonly kind: 'file'; readonly format: LogFormat; readonly path: string };

/**
 * Reads one value of `--log-path`: `DRIVER`, `DRIVER:PATH`, `:PATH` or `PATH`. Only the first colon separates: a path
 * may hold others, and before a colon a slash means that no driver is given.
 *
 * @throws {Refused} for an unknown driver, or one that lacks its path.
 */
export function parseLogPath(value: string): LogTarget {
  const colon = value.indexOf(':');
  const driver = colon < 0 ? value : value.slice(0, colon);
  const path = colon < 0 ? '' : value.slice(colon + 1);
  switch (driver) {
    case '':
      if (path === '') throw new Refused('detailed', 'log-path must not be empty');
      return { kind: 'file', format: 'k8s-file', path };
    case 'off':
    case 'null':
    case 'none':
      return { kind: 'none' };
    case 'journald':
    case 'passthrough':
      return { kind: driver };
    default:
      return fileTarget(driver, path, value);
  }
}

/** A driver that keeps a file, or a path alone. */
function fileTarget(driver: string, path: string, value: string): LogTarget {
  for (const format of FILE_DRIVERS) {
    if (format !== driver) continue;
    if (path === '') throw new Refused('detailed', `${driver} requires a filename`);
    return { kind: 'file', format, path };
  }
  if (driver === value || driver.indexOf('/') >= 0) return { kind: 'file', format: 'k8s-file', path: value };
  throw new Refused('detailed', `No such log driver ${driver}`);
}
