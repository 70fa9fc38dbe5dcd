/**
 * Builds the executable a second time, in another folder and with another home of cargo, and compares: the same sources
 * and the same compiler give the same bytes.
 * @module
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hostTarget } from '../build-rust.mjs';
import { Problem, runMain } from '../problem.mjs';
import { at } from '../project.mjs';
import { run } from '../run.mjs';

/** All that it is made of. */
const SOURCES = ['Cargo.toml', 'Cargo.lock', '.cargo', 'crates', 'bench/harness', 'scripts', 'ts/node/platforms.json'];
const NAME = 'conmon';

await runMain(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'conmon-rebuild-'));
  try {
    const again = await readFile(await rebuild(folder));
    const built = await readFile(at('dist', 'native', NAME));
    if (again.equals(built)) return 0;
    throw new Problem(
      `dist/native/${NAME} is another when it is built in ${folder}: compare them with cmp -l, or diffoscope`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/**
 * @param {string} folder
 * @returns {Promise<string>} path of what was built
 */
async function rebuild(folder) {
  const copy = join(folder, 'a', 'deeper', 'folder');
  for (const path of [...SOURCES, 'dist/planner.script.js']) {
    await mkdir(dirname(join(copy, path)), { recursive: true });
    await cp(at(path), join(copy, path), { recursive: true });
  }
  process.env.CARGO_HOME = await otherHome(join(folder, 'home'));
  /** @type {typeof import('../build-rust.mjs')} */
  const { buildExecutables } = await import(pathToFileURL(join(copy, 'scripts/build-rust.mjs')).href);
  const output = join(folder, 'out');
  await buildExecutables({ target: await hostTarget(), folder: output, must: (...words) => must(copy, words) }, [NAME]);
  return join(output, NAME);
}

/** With the crates that are downloaded already, under another path. @param {string} home */
async function otherHome(home) {
  const usual = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
  await mkdir(home);
  for (const name of await readdir(usual)) await symlink(join(usual, name), join(home, name));
  return home;
}

/**
 * @param {string} cwd
 * @param {readonly [string, readonly string[]]} words
 */
async function must(cwd, [command, args]) {
  const { status, stderr } = await run(command, args, { cwd, env: { ...process.env, CARGO_NET_OFFLINE: 'true' } });
  if (status !== 0) throw new Problem(`${command} ${args.join(' ')}\nfailed with status ${status}:\n${stderr}`);
}
