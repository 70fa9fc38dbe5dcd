/** How `conmonctl run` reports errors of the library. */
import t from 'tap';
import { failureOf } from '../../../ts/ctl/run/failure.js';
import { MonitorError, PlanError, RuntimeError } from '../../../ts/node/errors.js';

t.test('a container that was not created has the status that Podman gives, and advice', async (t) => {
  t.match(failureOf(new RuntimeError('/runc', 'create', 'exec: "x": executable file not found in $PATH\n')), {
    message: 'the container was not created: exec: "x": executable file not found in $PATH',
    status: 127,
    advice: /Is the command in the root file system/,
  });
  t.match(failureOf(new RuntimeError('/runc', 'create', 'exec /x: permission denied')), { status: 126 });
});

t.test('other calls of the runtime are reported with their status', async (t) => {
  t.match(failureOf(new RuntimeError('/runc', 'start', '', 1)), {
    message: '/runc start ended with status 1',
    status: 125,
    advice: undefined,
  });
  t.match(failureOf(new RuntimeError('/runc', 'start', 'spawn /runc ENOENT')), {
    message: 'cannot execute /runc: spawn /runc ENOENT',
  });
});

t.test('a monitor that could not be executed comes with advice, one that has failed without', async (t) => {
  const cause = new Error('spawn /x ENOENT');
  t.match(failureOf(new MonitorError('cannot execute /x', { cause })), {
    message: 'cannot execute /x',
    advice: /--conmon/,
  });
  t.match(failureOf(new MonitorError('/x ended with status 1')), {
    message: '/x ended with status 1',
    advice: undefined,
  });
});

t.test('options that are refused are reported as the monitor does', async (t) => {
  const refusal = { status: 1, stderr: '[conmon:e]: no\n', replies: [], syslog: null };
  t.match(failureOf(new PlanError(refusal)), { name: 'CtlError', message: '[conmon:e]: no', status: 125 });
});

t.test('any other error stays what it is', async (t) => {
  const error = new Error('other');
  t.equal(failureOf(error), error);
});
