/** Simulates a kernel that lacks system calls, or an outer container that refuses them. */
import { MINIRUNTIME } from './target.js';

/** The errors of an older kernel, and of an outer container's seccomp filter. */
export const REFUSALS = ['ENOSYS', 'EPERM'] as const;
export type Refusal = (typeof REFUSALS)[number];

/**
 * Calls newer than Linux 4.18 that the monitor makes, each alone, then all together. From number 424 on (Linux 5.1)
 * calls have the same number everywhere; a C library has a way around each of them. `statx` is older, but missing from old seccomp lists.
 */
export const NEWER_CALLS = ['pidfd_open', 'pidfd_send_signal', 'close_range', 'statx', 'rseq,statx,424+'] as const;

/** The command that runs another one with these calls refused, for it and its children. */
export function without(calls: string, refusal: Refusal): string[] {
  return [MINIRUNTIME, 'refuse', refusal, calls];
}
