/**
 * Why a row is lost, or its target missed. Printed next to the loss.
 * @module
 */

/** @type {readonly (readonly [RegExp, string])[]} */
const REASONS = [
  [
    /^planner alone, in conmon-node/,
    'Starting Node costs what it costs. That is why managers are given the executable, in which the same planner runs.',
  ],
  [
    /^size of the executable/,
    'It is static, C conmon is linked to GLib and glibc, which are not counted; and it holds a JavaScript engine for its planner.',
  ],
  [
    /^idle, PSS of one monitor/,
    'Of a single monitor all pages of the executable are its own, while C conmon shares its libraries with the rest of the system. From the second on they are shared: see the row for twenty.',
  ],
  [
    /attached: (taken in|CPU)/,
    'Container, monitor and readers share two processors, and each packet of at most 8 KiB is a call on both sides, with either monitor: the more readers, the less of the time is the monitor’s to win.',
  ],
  [
    /^(20|100)-byte lines: (taken in|CPU)/,
    'Reading the pipe, and writing records that are 40 bytes longer than their lines, costs both monitors the same; only what lies between is theirs.',
  ],
  [
    /^(1000|8000)-byte lines: (taken in|CPU)/,
    'Reading the pipe and writing the file is nearly all that is done here, and the kernel does it for both alike.',
  ],
  [
    /^conmon-node: start → pid/,
    'Beside a Node that does nothing at all: the planner has to be compiled and run, the addon loaded, and the executable started, which does the rest.',
  ],
  [
    /pages in pipes$/,
    'The pipe of a busy container is made larger, so that its writer is woken less often; together they stay below the limit, past which every new pipe would be a small one.',
  ],
  [
    /: instructions$/,
    'The planner is JavaScript, C conmon’s parser is C. These are instructions in user space: for linking libraries and for page faults C conmon has the kernel do more, so that the same words take less than half of the time here.',
  ],
  [/^start → /, 'The runtime is part of it and costs both the same, as does waking a processor for each new process.'],
  [/^json-file/, 'Each line is searched for bytes to escape, and its record is longer than that of k8s-file.'],
  [/^end → exit file/, 'A few system calls after the kernel has reported the end; nearly all of it is the kernel’s.'],
];

/** @param {string} name of a row */
export function reasonFor(name) {
  return REASONS.find(([pattern]) => pattern.test(name))?.[1] ?? 'Not known yet.';
}
