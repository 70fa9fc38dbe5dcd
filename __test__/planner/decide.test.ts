import t from 'tap';
import { CREATE, EXEC, planOf } from './support.js';

t.test('the mode is what the options ask for', async (t) => {
  t.equal(planOf(CREATE).mode, 'create');
  t.equal(planOf([...CREATE, '--restore', '']).mode, 'restore');
  t.equal(planOf(EXEC).mode, 'exec');
});

t.test('the started process exits immediately unless --sync was given', async (t) => {
  t.same(planOf([...CREATE, '-P', '/conmon.pid']).launch, {
    daemonize: true,
    pidfile: '/conmon.pid',
    startPipe: null,
    guardian: false,
  });
  t.same(planOf([...CREATE, '-P', '/conmon.pid', '--sync']).launch, {
    daemonize: false,
    pidfile: null,
    startPipe: null,
    guardian: false,
  });
});

t.test('the streams are what the flags say', async (t) => {
  t.same(planOf(CREATE).stdio, { terminal: false, stdin: false, leaveStdinOpen: false, passthrough: false });
  t.same(planOf([...CREATE, '-ti', '--leave-stdin-open', '-l', 'passthrough']).stdio, {
    terminal: true,
    stdin: true,
    leaveStdinOpen: true,
    passthrough: true,
  });
});

t.test('the control FIFOs are in the bundle', async (t) => {
  t.same(planOf([...CREATE, '-b', '/bundle/']).control, { ctl: '/bundle/ctl', winsz: '/bundle/winsz' });
});

t.test('the notify socket is in a directory of its own in the bundle', async (t) => {
  t.same(planOf([...CREATE, '-b', '/bundle', '--sdnotify-socket=/run/n']).notify, {
    socket: '/bundle/notify/notify.sock',
    host: '/run/n',
  });
  t.equal(planOf(CREATE).notify, null);
  t.equal(planOf([...EXEC, '--sdnotify-socket=/run/n']).notify, null);
});

t.test('syslog is asked for by its flag', async (t) => {
  t.equal(planOf(CREATE).diagnostics.syslog, false);
  t.equal(planOf([...CREATE, '--syslog']).diagnostics.syslog, true);
});

t.test('the options for seccomp notifications are ignored, with a warning', async (t) => {
  const argv = [...CREATE, '--seccomp-notify-socket', '/s', '--seccomp-notify-plugins', '/p'];
  t.same(planOf(argv).diagnostics.warnings, [
    '--seccomp-notify-socket is ignored: seccomp notifications are not supported',
    '--seccomp-notify-plugins is ignored: seccomp notifications are not supported',
  ]);
  t.same(planOf(CREATE).diagnostics.warnings, []);
});

t.test('--no-container-partial-message without journald is worth a warning', async (t) => {
  const warning = '--no-container-partial-message has no effect without journald log driver';
  t.same(planOf([...CREATE, '--no-container-partial-message']).diagnostics.warnings, [warning]);
  t.same(planOf([...CREATE, '-l', 'journald', '--no-container-partial-message']).diagnostics.warnings, []);
});
