/**
 * What this project wants to reach, row by row: most of them a ratio against C conmon in the same run, some a number of
 * our own.
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
 * The first that fits a row's name counts.
 * @type {readonly (readonly [RegExp, Target])[]}
 */
export const TARGETS = [
  [/^--version$/, ratioAtMost(0.6)],
  [/^start → (pid|exit code)/, ratioAtMost(0.7)],
  [/^conmon-node: start → pid/, ratioAtMost(1.3)],
  [/^end → exit file$/, ratioAtMost(1)],
  [/^idle, private dirty/, ratioAtMost(0.5)],
  [/^idle, PSS of each/, ratioAtMost(0.6)],
  [/^idle, wake-ups/, oursAtMost(0)],
  [/^growth/, oursAtMost(50)],
  [/attached: taken in$/, ratioAtLeast(1.5)],
  [/^20-byte lines: taken in$/, ratioAtLeast(3)],
  [/^100-byte lines: taken in$/, ratioAtLeast(2)],
  [/^(1000|8000)-byte lines: taken in$/, ratioAtLeast(1.6)],
  [/^(20|100)-byte lines: CPU$/, ratioAtMost(0.33)],
  [/^(1000|8000)-byte lines: CPU$/, ratioAtMost(0.5)],
  [/^journald/, ratioAtMost(1)],
  [/at once: (start|CPU)/, ratioAtMost(1)],
  [/execs a second/, ratioAtMost(1)],
  // Past it every new pipe of the user is a small one: pipe(7), `pipe-user-pages-soft`, by default 16384.
  [/pages in pipes$/, oursAtMost(16_384)],
  [/pages of a fresh pipe$/, oursAtLeast(16)],
];

/**
 * @param {string} name of a row
 * @returns {Target | null} null: measured, but nothing to reach
 */
export function targetFor(name) {
  return TARGETS.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/**
 * Whether it is reached; the bound itself is.
 * @param {Target} target
 * @param {{ ratio: number | null, ours: { median: number } }} row
 * @returns {boolean | null} null: there is no ratio to tell by
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
