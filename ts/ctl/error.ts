/**
 * What conmonctl itself could not do. The message says what was tried, the advice what to do about it.
 */

/** Status of usage errors and of conmonctl's own failures, as with Podman; that of a container may be any. */
export const OWN_FAILURE = 125;

export class CtlError extends Error {
  override readonly name = 'CtlError';
  /** What to do about it, if that is known. */
  readonly advice: string | undefined;
  /** Exit status of conmonctl: 125 for its own failures, 126 and 127 when the command cannot be executed. */
  readonly status: number;

  constructor(message: string, options: { advice?: string | undefined; status?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.advice = options.advice;
    this.status = options.status ?? OWN_FAILURE;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

export { reasonOf } from '../node/reason.js';
