/**
 * Runs property tests from a fixed seed, so that failures are reproducible, and for a bounded number of cases.
 * fast-check prints the seed and the smallest counterexample that it finds.
 */
import type { Parameters } from 'fast-check';

/** Settings for `fc.assert`: `CONMON_TEST_RUNS` sets the number of cases, `CONMON_TEST_SEED` the seed. */
export function cases<T>(runs: number): Parameters<T> {
  return {
    seed: Number(process.env['CONMON_TEST_SEED'] ?? 1),
    numRuns: Number(process.env['CONMON_TEST_RUNS'] ?? runs),
  };
}
