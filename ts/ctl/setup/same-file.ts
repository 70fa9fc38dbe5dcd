/**
 * Whether two paths name the same file.
 */
import { realpathSync } from 'node:fs';

/** Links are followed. Of files that are not there, the paths are compared. */
export function isSameFile(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return one === other;
  }
}
