/** Installed with pnpm: every package has a directory of its own in a store, with links to what it depends on. */
import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packed } from './packed.js';
import { registry } from './registry.js';
import { commandsReport, commandsWork, PNPM, stranger } from './stranger.js';

const { main, platform } = packed();
const { version } = main.manifest;

t.test('pnpm installs it in a project', async (t) => {
  const user = stranger(t, await registry(t, [main, platform]));
  await user.ok(...PNPM, 'add', 'conmon-node');
  t.ok(lstatSync(join(user.project, 'node_modules/conmon-node')).isSymbolicLink());
  const bin = join(user.project, 'node_modules/.bin');
  await commandsWork(t, user, bin, version);
  t.match(await user.ok(...PNPM, 'exec', 'conmon', '--version'), version);
  writeFileSync(
    join(user.project, 'a.mjs'),
    "import { executable } from 'conmon-node'; console.log(executable(() => ''));",
  );
  t.match(await user.ok('node', 'a.mjs'), new RegExp(`/node_modules/${platform.manifest.name}/conmon$`));
});

t.test('pnpm installs it globally', async (t) => {
  const user = stranger(t, await registry(t, [main, platform]));
  const home = join(user.directory, 'pnpm');
  const env = { PNPM_HOME: home, PATH: `${home}:${user.env['PATH']}` };
  const { code, text, stderr } = await user.run([...PNPM, 'add', '--global', 'conmon-node'], { env });
  t.equal(code, 0, text + stderr);
  await commandsWork(t, user, home, version);
});

t.test('pnpm installs it with hoisting', async (t) => {
  const user = stranger(t, await registry(t, [main, platform]));
  writeFileSync(join(user.project, '.npmrc'), 'node-linker=hoisted\n');
  await user.ok(...PNPM, 'add', 'conmon-node');
  t.notOk(lstatSync(join(user.project, 'node_modules/conmon-node')).isSymbolicLink());
  await commandsWork(t, user, join(user.project, 'node_modules/.bin'), version);
});

t.test('without optional dependencies every command reports what to do, and that helps', async (t) => {
  const user = stranger(t, await registry(t, [main, platform]));
  await user.ok(...PNPM, 'add', '--no-optional', 'conmon-node');
  const bin = join(user.project, 'node_modules/.bin');
  await commandsReport(t, user, bin, new RegExp(`${platform.manifest.name} was looked for from .*--no-optional`));
  t.match(readFileSync(join(user.project, 'package.json'), 'utf8'), 'conmon-node');
  rmSync(join(user.project, 'node_modules'), { recursive: true });
  await user.ok(...PNPM, 'install', '--no-frozen-lockfile');
  await commandsWork(t, user, bin, version);
});
