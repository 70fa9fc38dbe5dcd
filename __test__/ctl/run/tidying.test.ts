import { EventEmitter } from 'node:events';
import { rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import t from 'tap';
import { Cleanup } from '../../../ts/ctl/run/cleanup.js';
import { Interrupts } from '../../../ts/ctl/run/interrupts.js';
import { makeWorkDirectory } from '../../../ts/ctl/run/work-directory.js';

t.test('what was done last is undone first, and once; a failure stops nothing', async (t) => {
  const order: string[] = [];
  const cleanup = new Cleanup();
  cleanup.add('first', async () => void order.push('first'));
  cleanup.add('second', async () => {
    throw new Error('busy');
  });
  cleanup.add('third', async () => void order.push('third'));
  t.same(await cleanup.run(), { removed: ['third', 'first'], problems: ['cannot remove second: busy'] });
  t.same(await cleanup.run(), { removed: [], problems: [] });
  t.same(order, ['third', 'first']);
});

t.test('a signal before the container runs ends the attempt', async (t) => {
  const source = new EventEmitter();
  const interrupts = new Interrupts(source);
  t.notOk(interrupts.attempt.aborted);
  source.emit('SIGINT', 'SIGINT');
  t.match(interrupts.attempt.reason, { message: 'interrupted by SIGINT', status: 130 });
});

t.test('a signal after that is forwarded, and has its usual effect once the container has exited', async (t) => {
  const source = new EventEmitter();
  const interrupts = new Interrupts(source);
  const got: string[] = [];
  interrupts.forwardTo((signal) => void got.push(signal));
  source.emit('SIGTERM', 'SIGTERM');
  interrupts.close();
  t.same(got, ['SIGTERM']);
  t.notOk(interrupts.attempt.aborted);
  t.equal(source.listenerCount('SIGTERM'), 0);
});

t.test('the private directory is private, and so is the state of the runtime', async (t) => {
  const { path, runtimeRoot } = await makeWorkDirectory();
  t.teardown(() => rmSync(path, { recursive: true }));
  t.equal(statSync(path).mode & 0o777, 0o700);
  t.equal(statSync(runtimeRoot).mode & 0o777, 0o700);
  t.equal(dirname(runtimeRoot), path);
});
