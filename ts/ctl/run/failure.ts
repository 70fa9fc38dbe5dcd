/**
 * Errors of the library as `conmonctl run` reports them: with advice, and with the exit status that Podman gives them.
 */
import { MonitorError, PlanError, type RuntimeAction, RuntimeError } from '../../node/errors.js';
import { CtlError } from '../error.js';
import { adviceFor, statusFor } from '../runtimes.js';

/** Anything else stays what it is. */
export function failureOf(error: unknown): unknown {
  if (error instanceof RuntimeError) return runtimeFailure(error);
  if (error instanceof PlanError) return new CtlError(error.message, { cause: error });
  if (!(error instanceof MonitorError)) return error;
  // With a cause it was not even executed.
  const advice = error.cause === undefined ? {} : { advice: '--conmon PATH or CONMON_BINARY names another.' };
  return new CtlError(error.message, { cause: error, ...advice });
}

function runtimeFailure({ runtime, action, status, stderr }: RuntimeError): CtlError {
  const advice = adviceFor(stderr);
  const text = [whatFailed(runtime, action, status), stderr].filter((part) => part !== '').join(': ');
  return new CtlError(text, { status: statusFor(stderr), ...(advice === undefined ? {} : { advice }) });
}

function whatFailed(runtime: string, action: RuntimeAction, status: number | undefined): string {
  if (action === 'create') return 'the container was not created';
  return status === undefined ? `cannot execute ${runtime}` : `${runtime} ${action} ended with status ${status}`;
}
