/** Installed with pnpm: every package has a folder of its own in a store, with links to what it depends on. */
import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packed } from './packed.js';
import { registry } from './registry.js';
import { doorsOpen, doorsSay, PNPM, stranger } from './stranger.js';

const { main, platform } = packed();
const { version } = main.manifest;

t.test('in a project', async (t) => {
  const user = stranger(t, await registry(t, [main, platform]));
  await user.ok(...PNPM, 'add', 'conmon-node');
  t.ok(lstatSync(join(user.project, 'node_modules/conmon-node')).isSymbolicLink());
  const bin = join(user.project, 'node_modules/.bin');
  await doorsOpen(t, user, bin, version);
  t.match(await user.ok(...PNPM, 'exec', 'conmon', '--version'), version);
  writeFileSync(
    join(user.project, 'a.mjs'),
    "import { executable } from 'conmon-node'; console.log(executable(() => ''));",
  );
  t.match(await user.ok('node', 'a.mjs'), new RegExp(`/node_modules/${platform.manifest.name}/conmon$`));
});

t.test('globally', async (t) => {
  const user = stranger(t, await registry(t, [main, platform]));
  const home = join(user.folder, 'pnpm');
  const env = { PNPM_HOME: home, PATH: `${home}:${user.env['PATH']}` };
  const { code, text, stderr } = await user.run([...PNPM, 'add', '--global', 'conmon-node'], { env });
  t.equal(code, 0, text + stderr);
  await doorsOpen(t, user, home, version);
});

t.test('with hoisting', async (t) => {
  const user = stranger(t, await registry(t, [main, platform]));
  writeFileSync(join(user.project, '.npmrc'), 'node-linker=hoisted\n');
  await user.ok(...PNPM, 'add', 'conmon-node');
  t.notOk(lstatSync(join(user.project, 'node_modules/conmon-node')).isSymbolicLink());
  await doorsOpen(t, user, join(user.project, 'node_modules/.bin'), version);
});

t.test('without optional dependencies every door says what to do, and that helps', async (t) => {
  const user = stranger(t, await registry(t, [main, platform]));
  await user.ok(...PNPM, 'add', '--no-optional', 'conmon-node');
  const bin = join(user.project, 'node_modules/.bin');
  await doorsSay(t, user, bin, new RegExp(`${platform.manifest.name} was looked for from .*--no-optional`));
  t.match(readFileSync(join(user.project, 'package.json'), 'utf8'), 'conmon-node');
  rmSync(join(user.project, 'node_modules'), { recursive: true });
  await user.ok(...PNPM, 'install', '--no-frozen-lockfile');
  await doorsOpen(t, user, bin, version);
});
