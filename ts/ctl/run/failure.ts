/**
 * Errors of the library as `conmonctl run` reports them: with advice, and with the exit status that Podman gives them.
 */
import { BundleError, MonitorError, PlanError, type RuntimeAction, RuntimeError } from '../../node/errors.js';
import { InstallationError } from '../../node/native/installation-error.js';
import { CtlError } from '../error.js';
import { runtimeAdvice, statusFor } from '../runtimes.js';

/** Anything else stays what it is. */
export function failureOf(error: unknown): unknown {
  if (error instanceof RuntimeError) return runtimeFailure(error);
  if (error instanceof BundleError) {
    const advice = 'A bundle is a directory with a config.json; runc spec writes an example.';
    return new CtlError(error.message, {
      cause: error,
      advice: error.message.includes('root file') ? undefined : advice,
    });
  }
  if (error instanceof InstallationError || error instanceof PlanError)
    return new CtlError(error.message, { cause: error });
  if (!(error instanceof MonitorError)) return error;
  // With a cause it was not even executed.
  const advice = error.cause === undefined ? undefined : '--conmon PATH or CONMON_BINARY names another.';
  return new CtlError(error.message, { cause: error, advice });
}

function runtimeFailure({ runtime, action, status, stderr }: RuntimeError): CtlError {
  const text = [whatFailed(runtime, action, status), stderr].filter((part) => part !== '').join(': ');
  return new CtlError(text, { status: statusFor(stderr), advice: runtimeAdvice(stderr) });
}

function whatFailed(runtime: string, action: RuntimeAction, status: number | undefined): string {
  if (action === 'create') return 'the container was not created';
  if (action === 'exec') return 'the command was not executed';
  return status === undefined ? `cannot execute ${runtime}` : `${runtime} ${action} ended with status ${status}`;
}
