import type { LogLevel } from './plan.js';
import { Refused } from './refused.js';

/**
 * The level of our own messages that `--log-level` names, in any case; warning unless given. Managers pass on
 * their own level, so names without a level here are accepted too.
 *
 * @throws {Refused} for any other name.
 */
export function logLevel(name: string | undefined): LogLevel {
  switch (name?.toLowerCase()) {
    case 'error':
    case 'fatal':
    case 'panic':
      return 'error';
    case undefined:
    case 'warn':
    case 'warning':
      return 'warning';
    case 'info':
      return 'info';
    case 'debug':
      return 'debug';
    case 'trace':
      return 'trace';
    default:
      throw new Refused('detailed', `No such log level ${name}`);
  }
}
