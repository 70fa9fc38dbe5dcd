/**
 * Builds the executable a second time, in another directory and with another home of cargo, and compares: the same sources
 * and the same compiler give the same bytes. An argument names another machine, as that of `npm run build`.
 * @module
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hostTarget } from '../build-rust.mjs';
import { platformOf } from '../platforms.mjs';
import { at, Problem, runMain } from '../project.mjs';

/** All that it is made of. */
const SOURCES = ['Cargo.toml', 'Cargo.lock', '.cargo', 'crates', 'bench/harness', 'scripts', 'ts/node/platforms.json'];

await runMain(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'conmon-rebuild-'));
  try {
    const copy = join(directory, 'a', 'deeper', 'directory');
    for (const path of [...SOURCES, 'dist/planner.script.js'])
      await cp(at(path), join(copy, path), { recursive: true });
    // The crates that are downloaded already, under another path.
    const [usual, home] = [process.env.CARGO_HOME ?? join(homedir(), '.cargo'), join(directory, 'home')];
    await mkdir(home);
    for (const name of await readdir(usual)) await symlink(join(usual, name), join(home, name));
    Object.assign(process.env, { CARGO_HOME: home, CARGO_NET_OFFLINE: 'true' });
    /** @type {typeof import('../build-rust.mjs')} */
    const { buildExecutables } = await import(pathToFileURL(join(copy, 'scripts/build-rust.mjs')).href);
    const [cpu] = process.argv.slice(2);
    const other = cpu === undefined ? undefined : platformOf(cpu, 'cpu');
    await buildExecutables(other?.target ?? (await hostTarget()), join(directory, 'out'), ['conmon'], { live: 'none' });
    const native = other === undefined ? at('dist', 'native') : at('dist', 'cross', other.release);
    const [again, built] = [join(directory, 'out', 'conmon'), join(native, 'conmon')];
    if ((await readFile(again)).equals(await readFile(built))) return 0;
    throw new Problem(`${built} is another when it is built in ${copy}: compare them with cmp -l, or diffoscope`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
