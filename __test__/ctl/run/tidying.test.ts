import { EventEmitter } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import t from 'tap';
import { checkBundle, removeMonitorFiles } from '../../../ts/ctl/run/bundle.js';
import { Cleanup } from '../../../ts/ctl/run/cleanup.js';
import { Interrupts } from '../../../ts/ctl/run/interrupts.js';
import { makeWorkDirectory, removeWorkDirectory } from '../../../ts/ctl/run/work-directory.js';

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

t.test('a signal before the container runs ends the attempt, also when it came earlier', async (t) => {
  const source = new EventEmitter();
  const interrupts = new Interrupts(source);
  const waiting = interrupts.guard(new Promise(() => undefined));
  source.emit('SIGINT', 'SIGINT');
  t.match(await waiting.catch((error: unknown) => error), { message: 'interrupted by SIGINT', status: 130 });
  await t.rejects(interrupts.guard(new Promise(() => undefined)), { message: 'interrupted by SIGINT' });
});

t.test('a signal after that goes where it is sent, and at the end to nobody', async (t) => {
  const source = new EventEmitter();
  const interrupts = new Interrupts(source);
  const got: string[] = [];
  interrupts.forwardTo((signal) => void got.push(signal));
  source.emit('SIGTERM', 'SIGTERM');
  interrupts.close();
  t.same(got, ['SIGTERM']);
  t.equal(source.listenerCount('SIGTERM'), 0);
});

t.test('the private directory is private, and goes with all that is in it', async (t) => {
  const directory = await makeWorkDirectory();
  t.equal(statSync(directory.path).mode & 0o777, 0o700);
  t.same(readdirSync(directory.path), ['exits', 'persist', 'runtime']);
  await removeWorkDirectory(directory);
  t.throws(() => statSync(directory.path), { code: 'ENOENT' });
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
