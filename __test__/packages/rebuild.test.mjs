/** The same sources and the same compiler give the same executable, in another directory and with another home of cargo. */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { at } from '../../scripts/project.mjs';
import { emptyDirectory } from './packed.js';

/** All that it is made of. */
const SOURCES = ['Cargo.toml', 'Cargo.lock', '.cargo', 'crates', 'bench/harness', 'scripts', 'ts/node/platforms.json'];

t.test('an executable that is built in another directory is the same', async (t) => {
  const directory = emptyDirectory(t);
  const copy = join(directory, 'a', 'deeper', 'directory');
  for (const path of [...SOURCES, 'dist/planner.script.js']) cpSync(at(path), join(copy, path), { recursive: true });
  // The crates that are downloaded already, under another path.
  const [usual, home] = [process.env.CARGO_HOME ?? join(homedir(), '.cargo'), join(directory, 'home')];
  mkdirSync(home);
  for (const name of readdirSync(usual)) symlinkSync(join(usual, name), join(home, name));
  Object.assign(process.env, { CARGO_HOME: home, CARGO_NET_OFFLINE: 'true' });
  /** @type {typeof import('../../scripts/build-rust.mjs')} */
  const { buildExecutables } = await import(pathToFileURL(join(copy, 'scripts/build-rust.mjs')).href);
  /** @type {typeof import('../../scripts/toolchain.mjs')} */
  const { ownExecutables } = await import(pathToFileURL(join(copy, 'scripts/toolchain.mjs')).href);
  await buildExecutables(await ownExecutables(t.fail), join(directory, 'out'), ['conmon'], { live: 'none' });
  const [again, built] = [join(directory, 'out', 'conmon'), at('dist', 'native', 'conmon')];
  t.ok(readFileSync(again).equals(readFileSync(built)), 'compare them with cmp -l, or diffoscope');
});
