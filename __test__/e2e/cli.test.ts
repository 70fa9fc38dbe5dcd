/** What managers do with the command before they trust it, and the grammar seen from outside. */
import { readdirSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { command } from '../support/command.js';
import { launch } from '../support/monitor.js';
import { scene } from '../support/scene.js';
import { CONMON, betterThanC } from '../support/target.js';

void t.test('--version: name, word, version, then the commit; nothing on stderr, status 0', async (t) => {
  const { code, text, stderr } = await command([CONMON, '--version']);
  t.equal(code, 0);
  t.equal(stderr, '');
  t.match(text, /^conmon version \d+\.\d+\.\d+\ncommit: \S+\n$/);
});

void t.test('both managers accept the output of --version', async (t) => {
  const { text } = await command([CONMON, '--version']);
  const [major = 0, minor = 0, patch = 0] = (text.split(/\s/)[2] ?? '').split('.').map(Number);
  t.ok(major * 10_000 + minor * 100 + patch >= 20_102, 'at least 2.1.2, which CRI-O wants for --log-global-size-max');
});

void t.test('--version wins over all other options', async (t) => {
  t.equal((await command([CONMON, '-c', 'x', '--version', '--exec'])).code, 0);
});

void t.test('--help is on stdout and names --log-global-size-max', async (t) => {
  const { code, text, stderr } = await command([CONMON, '--help']);
  t.equal(code, 0);
  t.equal(stderr, '');
  t.match(text, /--log-global-size-max/);
});

void t.test('no arguments at all: the id is missing', async (t) => {
  const { code, stderr } = await command([CONMON]);
  t.equal(code, 1);
  t.match(stderr, /Container ID not provided\. Use --cid/);
});

void t.test(
  'values may look like options, flags may be bundled, strays are ignored, the last scalar wins',
  async (t) => {
    const s = scene(t);
    const runtime = actor(s);
    const args = [
      'stray',
      '-n',
      'first',
      ...createArguments(s, runtime.path),
      '-si',
      '--runtime-arg',
      '--root',
      '-n',
      '--name',
      '-0',
      s.persist,
      '--',
      '--stray',
    ];
    const run = launch(t, s, args);
    await run.started();
    t.same(runtime.args().slice(0, 3), ['--systemd-cgroup', '--root', 'create']);
    await runtime.start();
    t.equal(await run.finished(), '0');
  },
);

void t.test(
  'arguments that are not UTF-8 reach the runtime byte for byte',
  betterThanC('2.1.6 wants the bytes of the locale'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s);
    // Node can only pass UTF-8; a shell makes the byte.
    const prefix = ['/bin/sh', '-c', 'exec "$@" --runtime-opt "$(printf \'a\\377b\')"', 'sh'];
    await launch(t, s, createArguments(s, runtime.path), { prefix }).started();
    t.ok(runtime.args().includes('a\xffb'), runtime.args().join(' '));
  },
);

void t.test('a refusal leaves nothing behind', async (t) => {
  const s = scene(t);
  const run = launch(t, s, createArguments(s, `${s.dir}/no-runtime`), { cwd: s.bundle });
  t.equal((await run.launcher()).code, 1);
  t.same(readdirSync(s.bundle), []);
  t.same(readdirSync(s.dir).toSorted(), ['bundle', 'exits', 'persist', 'sockets']);
});
