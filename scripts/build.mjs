/**
 * The stages of the build, in their order: the planner goes into the executable, the executable is what the rest starts.
 * @module
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ADDON_TYPES, buildAddon, buildExecutables, EXECUTABLES, hostTarget, requireTarget } from './build-rust.mjs';
import { bundle } from './bundle.mjs';
import { commit } from './commit.mjs';
import { Problem } from './problem.mjs';
import { at, ROOT } from './project.mjs';
import { run } from './run.mjs';
import { bringUpToDate } from './stage.mjs';
import { compilerId } from './toolchain.mjs';

/** @import { Stage } from './stage.mjs' */

/**
 * @typedef {object} BuildOptions
 * @property {string | undefined} [target] what the native files are for, as the compiler names it; this machine otherwise
 * @property {boolean | undefined} [exactCommit] the version names the commit of now, not the one at which the planner was last built
 * @property {(stage: string) => void} [announce] what to do instead of printing which stage is built and how
 */

const STAMPS = at('dist', '.stamps');
const LIBRARIES = [at('crates', 'sys'), at('crates', 'core')];
const MANIFESTS = [at('Cargo.toml'), at('Cargo.lock'), at('.cargo'), at('scripts', 'build-rust.mjs')];
const PLANNER = at('dist', 'planner.js');
const SCRIPT = at('dist', 'planner.script.js');

/**
 * Builds what is missing or stale.
 * @param {BuildOptions} [options]
 * @returns {Promise<{ native: string }>} the folder of the native files
 */
export async function build(options = {}) {
  await removeLeftovers();
  if (options.exactCommit) await forgetOtherCommits();
  const host = await hostTarget();
  const target = options.target ?? host;
  await requireTarget(target);
  const native = at('dist', target === host ? 'native' : `native-${target}`);
  const print = options.announce === undefined;
  const announce = options.announce ?? ((name) => console.log(`── building ${name}`));
  for (const stage of await stages(target, native, print)) {
    const begun = performance.now();
    const made = () => (announce(stage.name), stage.build());
    const built = await bringUpToDate({ ...stage, build: made }, STAMPS);
    if (built && print) console.log(`   ${stage.name}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  }
  return { native };
}

/**
 * @param {string} target
 * @param {string} native
 * @param {boolean} live hand the tools' output through
 * @returns {Promise<Stage[]>}
 */
async function stages(target, native, live) {
  const salt = `${await compilerId()} ${target}`;
  const order = { target, folder: native, must: must(live) };
  return [
    {
      name: 'the planner',
      inputs: [at('ts', 'planner'), at('scripts', 'build-planner.mjs'), at('package-lock.json')],
      outputs: [PLANNER, SCRIPT],
      build: () => order.must(process.execPath, [at('scripts', 'build-planner.mjs')]),
    },
    {
      name: `the executables${native.slice(at('dist', 'native').length)}`,
      inputs: [...MANIFESTS, ...LIBRARIES, ...EXECUTABLES.map((name) => at('crates', name)), SCRIPT],
      outputs: EXECUTABLES.map((name) => join(native, name)),
      salt,
      build: () => buildExecutables(order),
    },
    {
      name: `the addon${native.slice(at('dist', 'native').length)}`,
      inputs: [...MANIFESTS, ...LIBRARIES, at('crates', 'napi'), ADDON_TYPES],
      outputs: [join(native, 'conmon.node')],
      salt,
      build: () => buildAddon(order),
    },
    bundleStage('conmon-node.cjs', at('ts', 'node', 'host', 'main.ts'), [at('ts', 'node'), PLANNER]),
    bundleStage('conmonctl.js', at('ts', 'ctl', 'main.ts'), [at('ts', 'ctl'), at('ts', 'node')]),
    bundleStage('index.js', at('ts', 'node', 'index.ts'), [at('ts', 'node'), PLANNER]),
  ];
}

/**
 * @param {string} name
 * @param {string} entry
 * @param {readonly string[]} sources
 * @returns {Stage}
 */
function bundleStage(name, entry, sources) {
  const output = at('dist', name);
  return {
    name,
    inputs: [...sources, at('scripts', 'bundle.mjs'), at('package.json'), at('package-lock.json')],
    outputs: [output],
    build: () => bundle(entry, output),
  };
}

/** @param {boolean} live */
function must(live) {
  return async (/** @type {string} */ command, /** @type {readonly string[]} */ args) => {
    const { status, stdout, stderr } = await run(command, args, { cwd: ROOT, live });
    if (status === 0) return;
    const said = live ? 'what it printed is above.' : `it printed:\n${stdout}${stderr}`;
    throw new Problem(`${command} ${args.join(' ')}\nfailed with status ${status}; ${said}`);
  };
}

/** A planner that names another commit is built anew, and all that it goes into. */
async function forgetOtherCommits() {
  const wanted = await commit();
  const built = await readFile(PLANNER, 'utf8').catch(() => '');
  if (!new RegExp(`${wanted}(?!-dirty)`).test(built)) await rm(PLANNER, { force: true });
}

/** What an interrupted build left half-written. */
async function removeLeftovers() {
  for (const folder of [at('dist'), at('dist', 'native')]) {
    for (const name of await readdir(folder).catch(() => [])) {
      const writer = Number(/\.(\d+)\.tmp$/.exec(name)?.[1]);
      if (writer > 0 && !isAlive(writer)) await rm(`${folder}/${name}`, { recursive: true, force: true });
    }
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
