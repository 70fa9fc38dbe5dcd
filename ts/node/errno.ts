/** Error codes of system calls, such as `ENOENT`: errno(3). */

/** The code of an error of the system; undefined for anything else. */
export function errnoOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** Whether this is an error of the system with this code. */
export function isErrno(thrown: unknown, code: string): boolean {
  return errnoOf(thrown) === code;
}
