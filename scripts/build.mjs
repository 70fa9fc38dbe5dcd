/**
 * The stages of the build, in their order: the planner goes into the executable, the executable is what the rest starts.
 * @module
 */
import { readdir, rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { bundle } from './bundle.mjs';
import { Problem } from './problem.mjs';
import { at, ROOT } from './project.mjs';
import { run } from './run.mjs';
import { bringUpToDate, putInPlace } from './stage.mjs';
import { compilerId } from './toolchain.mjs';

/** @import { Stage } from './stage.mjs' */

const STAMPS = at('dist', '.stamps');
const MANIFESTS = [at('Cargo.toml'), at('Cargo.lock'), at('.cargo')];
const ADDON_TYPES = at('ts', 'node', 'addon.d.ts');
const EXECUTABLES = ['conmon', 'miniruntime'];

/** Builds what is missing or stale. */
export async function build() {
  await removeLeftovers();
  for (const stage of await stages()) {
    const begun = performance.now();
    const built = await bringUpToDate({ ...stage, build: () => announce(stage) }, STAMPS);
    if (built) console.log(`   ${stage.name}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  }
}

/** @param {Stage} stage */
async function announce(stage) {
  console.log(`── building ${stage.name}`);
  await stage.build();
}

/** @returns {Promise<Stage[]>} */
async function stages() {
  const compiler = await compilerId();
  const planner = at('dist', 'planner.js');
  return [
    {
      name: 'the planner',
      inputs: [at('ts', 'planner'), at('scripts', 'build-planner.mjs'), at('package-lock.json')],
      outputs: [planner],
      build: () => must(process.execPath, [at('scripts', 'build-planner.mjs')]),
    },
    {
      name: 'the executables',
      inputs: [...MANIFESTS, at('crates', 'core'), ...EXECUTABLES.map((name) => at('crates', name)), planner],
      outputs: EXECUTABLES.map((name) => at('dist', 'native', name)),
      salt: compiler,
      build: buildExecutables,
    },
    {
      name: 'the addon',
      inputs: [...MANIFESTS, at('crates', 'core'), at('crates', 'napi'), ADDON_TYPES],
      outputs: [at('dist', 'native', 'conmon.node')],
      salt: compiler,
      build: buildAddon,
    },
    bundleStage('conmon-node', at('ts', 'node', 'main.ts'), [at('ts', 'node'), planner]),
    bundleStage('conmonctl', at('ts', 'ctl', 'main.ts'), [at('ts', 'ctl'), at('ts', 'node')]),
  ];
}

/**
 * @param {string} name
 * @param {string} entry
 * @param {readonly string[]} sources
 * @returns {Stage}
 */
function bundleStage(name, entry, sources) {
  const output = at('dist', `${name}.js`);
  return {
    name,
    inputs: [...sources, at('scripts', 'bundle.mjs'), at('package.json'), at('package-lock.json')],
    outputs: [output],
    build: () => bundle(entry, output),
  };
}

async function buildExecutables() {
  const target = await hostTarget();
  const profile = ['--profile', 'executable', '--target', target, '--config', at('.cargo', 'static.toml')];
  await must('cargo', ['build', ...profile, ...EXECUTABLES.flatMap((name) => ['--package', name])]);
  for (const name of EXECUTABLES) {
    await putInPlace(`${await targetFolder()}/${target}/executable/${name}`, at('dist', 'native', name));
  }
}

/** Also writes the addon's types, next to those who use it. */
async function buildAddon() {
  const folder = at('dist', '.addon');
  const what = ['--package', 'conmon-napi', '--release', '--config-path', at('crates', 'napi', 'napi.json')];
  const where = ['--output-dir', folder, '--no-js', '--dts', relative(folder, ADDON_TYPES)];
  await must(at('node_modules', '.bin', 'napi'), ['build', ...what, ...where]);
  await putInPlace(`${folder}/conmon.node`, at('dist', 'native', 'conmon.node'));
}

/** The static flags are bound to a target, or build scripts would be built with them too. */
async function hostTarget() {
  const { stdout } = await run('rustc', ['-vV']);
  const target = /^host: (.+)$/m.exec(stdout)?.[1];
  if (target === undefined) throw new Problem(`cannot find out the host of this compiler; rustc -vV said:\n${stdout}`);
  return target;
}

async function targetFolder() {
  const { stdout } = await run('cargo', ['metadata', '--no-deps', '--format-version', '1'], { cwd: ROOT });
  return JSON.parse(stdout).target_directory;
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
async function must(command, args) {
  const { status } = await run(command, args, { cwd: ROOT, live: true });
  if (status !== 0)
    throw new Problem(`${command} ${args.join(' ')}\nfailed with status ${status}; what it printed is above.`);
}

/** What an interrupted build left half-written. */
async function removeLeftovers() {
  for (const folder of [at('dist'), at('dist', 'native')]) {
    for (const name of await readdir(folder).catch(() => [])) {
      const writer = Number(/\.(\d+)\.tmp$/.exec(name)?.[1]);
      if (writer > 0 && !isAlive(writer)) await rm(`${folder}/${name}`, { force: true });
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
