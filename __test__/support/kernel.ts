/** A kernel that lacks system calls, or a container around us that refuses them. */
import { MINIRUNTIME } from './target.js';

/** What an older kernel answers, and what a seccomp list of an outer container may answer instead. */
export const REFUSALS = ['ENOSYS', 'EPERM'] as const;
export type Refusal = (typeof REFUSALS)[number];

/**
 * Calls newer than Linux 4.18 that the monitor makes, each for itself, then all together. From number 424 on (Linux 5.1)
 * calls have the same number everywhere; a C library has a way around each of them. `statx` is older, but missing from old seccomp lists.
 */
export const NEWER_CALLS = ['pidfd_open', 'pidfd_send_signal', 'close_range', 'statx', 'rseq,statx,424+'] as const;

/** The command that starts another one where these calls are refused, to it and to all that it starts. */
export function without(calls: string, refusal: Refusal): string[] {
  return [MINIRUNTIME, 'refuse', refusal, calls];
}
