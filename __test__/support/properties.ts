/**
 * How property tests run: from a fixed seed, so that everybody sees the same failure, and for a bounded number of cases.
 * fast-check prints the seed and the smallest counterexample that it finds.
 */
import type { Parameters } from 'fast-check';

/** Settings for `fc.assert`: `CONMON_TEST_RUNS` asks for more cases than `runs`, `CONMON_TEST_SEED` for others. */
export function cases<T>(runs: number): Parameters<T> {
  return {
    seed: Number(process.env['CONMON_TEST_SEED'] ?? 1),
    numRuns: Number(process.env['CONMON_TEST_RUNS'] ?? runs),
  };
}
