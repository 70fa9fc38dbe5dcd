/**
 * All that the planner asks of the process it runs in, so that three hosts can run the same bundle.
 *
 * Strings hold bytes as described in `plan.ts`.
 */
export interface Host {
  /** The absolute path of the working directory. */
  cwd(): string;
  /** Whether this process may execute the file at `path`, as access(2) with X_OK reports. */
  isExecutable(path: string): boolean;
  /** Why it may not, in the words of strerror(3). */
  whyNotExecutable(path: string): string;
}

/** Looks up a variable of the environment. */
export type Environment = (name: string) => string | undefined;
