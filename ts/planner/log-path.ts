import { Refused } from './refused.js';

/** Where one `--log-path` sends the output. `none` keeps nothing; `passthrough` leaves it to our caller's streams. */
export type LogTarget =
  | { readonly kind: 'none' | 'passthrough' | 'journald' }
  | { readonly kind: 'k8s-file' | 'json-file'; readonly path: string };

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
      return { kind: 'k8s-file', path };
    case 'off':
    case 'null':
    case 'none':
      return { kind: 'none' };
    case 'journald':
    case 'passthrough':
      return { kind: driver };
    case 'k8s-file':
    case 'json-file':
      if (path === '') throw new Refused('detailed', `${driver} requires a filename`);
      return { kind: driver, path };
    default:
      if (colon < 0 || driver.indexOf('/') >= 0) return { kind: 'k8s-file', path: value };
      throw new Refused('detailed', `No such log driver ${driver}`);
  }
}
