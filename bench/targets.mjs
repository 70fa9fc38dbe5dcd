/**
 * The targets, row by row: most are a ratio to C conmon in the same run, some an absolute number.
 * @module
 */

/**
 * @typedef {{ of: 'ratio' | 'ours', at: 'most' | 'least', value: number }} Target
 */

/** @type {(value: number) => Target} */
const ratioAtMost = (value) => ({ of: 'ratio', at: 'most', value });
/** @type {(value: number) => Target} */
const ratioAtLeast = (value) => ({ of: 'ratio', at: 'least', value });
/** @type {(value: number) => Target} */
const oursAtMost = (value) => ({ of: 'ours', at: 'most', value });
/** @type {(value: number) => Target} */
const oursAtLeast = (value) => ({ of: 'ours', at: 'least', value });

/**
 * The first match for a row's name counts.
 * @type {readonly (readonly [RegExp, Target])[]}
 */
export const TARGETS = [
  [/^--version$/, ratioAtMost(0.6)],
  [/: system calls$/, ratioAtMost(0.7)],
  [/: page faults$/, ratioAtMost(0.7)],
  [/^start → (pid|exit code)/, ratioAtMost(0.6)],
  [/^conmon-node: start → pid/, ratioAtMost(1.3)],
  [/^end → exit file$/, ratioAtMost(1)],
  [/finished exec sessions: processes$/, oursAtMost(1)],
  [/finished exec sessions: PSS/, ratioAtMost(0.1)],
  [/API execs of Podman: processes/, oursAtMost(0)],
  [/API execs of Podman: PSS/, oursAtMost(1)],
  [/^idle, private dirty/, ratioAtMost(0.5)],
  [/^idle, PSS of one/, ratioAtMost(0.5)],
  [/^idle, PSS of each/, ratioAtMost(0.35)],
  [/^idle, wake-ups/, oursAtMost(0)],
  [/idle containers: all memory/, ratioAtMost(0.36)],
  [/: descriptors$/, oursAtMost(30)],
  [/^growth/, oursAtMost(50)],
  [/attached: taken in$/, ratioAtLeast(1.5)],
  [/^20-byte lines: taken in$/, ratioAtLeast(3)],
  [/^100-byte lines: taken in$/, ratioAtLeast(2)],
  [/^(1000|8000)-byte lines: taken in$/, ratioAtLeast(1.6)],
  [/^(20|100)-byte lines: CPU$/, ratioAtMost(0.33)],
  [/^(1000|8000)-byte lines: CPU$/, ratioAtMost(0.5)],
  // Beside `cat`, and beside k8s-file.
  [/^k8s-file beside/, ratioAtMost(0.5)],
  [/^k8s-file, 100-byte/, ratioAtMost(1.6)],
  [/^k8s-file, 1000-byte/, ratioAtMost(1.25)],
  [/^k8s-file, 8000-byte/, ratioAtMost(1.1)],
  [/^json-file/, ratioAtMost(1.7)],
  [/^journald/, ratioAtMost(1)],
  [/at once: (start|CPU)/, ratioAtMost(1)],
  [/execs a second/, ratioAtMost(1)],
  // Beyond it every new pipe of the user is small: pipe(7), `pipe-user-pages-soft`, 16384 by default.
  [/pages in pipes$/, oursAtMost(16_384)],
  [/pages of a fresh pipe$/, oursAtLeast(16)],
];

/**
 * @param {string} name of a row
 * @returns {Target | null} null: measured, but without a target
 */
export function targetFor(name) {
  return TARGETS.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/**
 * Whether the target is met; the bound itself meets it.
 * @param {Target} target
 * @param {{ ratio: number | null, ours: { median: number } }} row
 * @returns {boolean | null} null: the ratio is undefined
 */
export function isMet({ of, at, value }, { ratio, ours }) {
  const found = of === 'ratio' ? ratio : ours.median;
  if (found === null) return null;
  return at === 'most' ? found <= value : found >= value;
}

/** @param {Target} target */
export function showTarget({ of, at, value }) {
  return `${of === 'ours' ? 'ours ' : ''}${at === 'most' ? '≤' : '≥'} ${value}`;
}
