import { EventEmitter } from 'node:events';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import t from 'tap';
import { checkBundle, removeMonitorFiles } from '../../../ts/ctl/run/bundle.js';
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

t.test('a signal after that goes where it is sent, and at the end to nobody', async (t) => {
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

t.test('a bundle in which a monitor may be at work is refused', async (t) => {
  await t.resolves(checkBundle(t.testdir({ 'config.json': '{}' }), false));
  for (const name of ['attach', 'ctl', 'winsz', 'oom']) {
    const bundle = t.testdir({ 'config.json': '{}', [name]: '' });
    await t.rejects(checkBundle(bundle, false), {
      message: /another monitor may be using the bundle/,
      advice: /remove/,
    });
  }
});

t.test('what is no bundle is refused', async (t) => {
  await t.rejects(checkBundle('/nowhere', false), { message: /cannot use the bundle/ });
  await t.rejects(checkBundle(t.testdir({}), false), { message: /config\.json/ });
  await t.rejects(checkBundle(t.testdir({ 'config.json': '{' }), false), { message: /config\.json/ });
});

t.test("only the monitor's own files are removed from a bundle", async (t) => {
  const bundle = t.testdir({ 'config.json': '{}', ctl: '', winsz: '', data: '' });
  await removeMonitorFiles(bundle);
  t.same(readdirSync(bundle), ['config.json', 'data']);
});
