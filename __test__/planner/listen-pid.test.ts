import t from 'tap';
import { CREATE, planOf, refusalOf } from './support.js';

t.test('LISTEN_PID is planned as found, and whether it is always replaced', async (t) => {
  t.equal(planOf(CREATE).runtime.listenPid, null);
  t.same(planOf(CREATE, { env: { LISTEN_PID: '42' } }).runtime.listenPid, { pid: 42, always: false });
  t.same(planOf([...CREATE, '--replace-listen-pid'], { env: { LISTEN_PID: '42' } }).runtime.listenPid, {
    pid: 42,
    always: true,
  });
});

t.test('a value that does not begin with a positive number is refused, and quoted in part', async (t) => {
  for (const value of ['', 'x', '0', '-1', '99999999999', 'longer than ten']) {
    const refusal = refusalOf(CREATE, { env: { LISTEN_PID: value } });
    t.equal(refusal.stderr, `[conmon:e]: Invalid LISTEN_PID ${value.slice(0, 10)}\n`, value);
  }
});
