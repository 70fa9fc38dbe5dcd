/** How wide and high the output may be: that of the terminal, or as `COLUMNS` has it. */

/** What the size depends on. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** Undefined: unlimited, because stdout is not a terminal, and `COLUMNS` is not set. */
export function outputWidth(stdout: Screen = process.stdout, env: NodeJS.ProcessEnv = process.env): number | undefined {
  if (stdout.isTTY === true && stdout.columns !== undefined && stdout.columns > 0) return stdout.columns;
  const columns = env['COLUMNS'] ?? '';
  return /^[1-9]\d{0,4}$/.test(columns) ? Number(columns) : undefined;
}
