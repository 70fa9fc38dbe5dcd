import { readFileSync } from 'node:fs';
import t from 'tap';
import { readCounters } from '../../../ts/node/monitors/read-counters.js';

t.test('a process without the page has no counters', async (t) => {
  t.same(readCounters(process.pid), { unavailable: 'no counters' });
});

t.test('a process that does not exist has none either, for that reason', async (t) => {
  const greatest = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'));
  t.same(readCounters(greatest + 1), { unavailable: 'no such process' });
});
