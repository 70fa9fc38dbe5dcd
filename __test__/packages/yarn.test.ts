/** Installed with Yarn, in each of its three layouts. https://yarnpkg.com/features/linkers */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { packed } from './packed.js';
import { registry } from './registry.js';
import { commandsWork, type Stranger, stranger, YARN } from './stranger.js';

const { main, platform } = packed();
const { version } = main.manifest;

async function installed(t: Test, linker: string): Promise<Stranger> {
  const address = await registry(t, [main, platform]);
  const user = stranger(t, address);
  const settings = {
    nodeLinker: linker,
    npmRegistryServer: address,
    unsafeHttpWhitelist: ['127.0.0.1'],
    enableTelemetry: false,
    enableGlobalCache: false,
    enableImmutableInstalls: false,
  };
  writeFileSync(join(user.project, '.yarnrc.yml'), JSON.stringify(settings));
  // Makes it a project of its own, whatever is above.
  writeFileSync(join(user.project, 'yarn.lock'), '');
  await user.ok(...YARN, 'add', 'conmon-node');
  return user;
}

/** What `yarn COMMAND` does with it: Yarn runs every command with Node, so not the one that is a shell script. */
async function commandsRun(t: Test, { ok }: Stranger): Promise<void> {
  t.match(await ok(...YARN, 'conmon-node', '--version'), `commit: conmon-node-${version}-`);
  t.equal(await ok(...YARN, 'conmonctl', 'run', '--', '/bin/echo', 'hello'), 'hello');
}

for (const linker of ['node-modules', 'pnpm']) {
  t.test(`with nodeLinker: ${linker}`, async (t) => {
    const user = await installed(t, linker);
    const path = await user.ok(...YARN, 'bin', 'conmon');
    await commandsWork(t, user, dirname(path), version);
    await commandsRun(t, user);
  });
}

t.test("with Plug'n'Play", async (t) => {
  const user = await installed(t, 'pnp');
  await commandsRun(t, user);
  const code = "import { executable } from 'conmon-node'; console.log(executable(() => ''));";
  writeFileSync(join(user.project, 'a.mjs'), code);
  const path = await user.ok(...YARN, 'node', 'a.mjs');
  t.match(await user.ok(path, '--version'), `commit: conmon-node-${version}-`, 'what is found can be executed');
  const script = await user.ok(...YARN, 'bin', 'conmon');
  const { code: status, stderr } = await user.run([script, '--version']);
  t.equal(status, 1);
  t.match(stderr, /Plug'n'Play.*conmon-node only.*nodeLinker: node-modules/, 'a shell script cannot ask Node');
});
