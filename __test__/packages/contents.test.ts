/** Contents of the npm packages, and the results of package linters. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import t, { type Test } from 'tap';
import PLATFORMS from '../../ts/node/platforms.json' with { type: 'json' };
import { command } from '../support/command.js';
import { needs } from '../support/needs.js';
import { ROOT } from '../support/target.js';
import { emptyDirectory, maker, packed, type Tarball } from './packed.js';

const { directory, main, platform } = packed();
const project = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
const here = PLATFORMS.find(({ os, cpu }) => os === process.platform && cpu === process.arch);

for (const [name, { path }] of Object.entries({ main, platform })) {
  t.test(`publint accepts the ${name} package`, async (t) => {
    const bytes = readFileSync(path);
    const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const { messages } = await publint({ pack: { tarball }, strict: true });
    t.same(messages, []);
  });
}

t.test('types resolve in every mode of module resolution', async (t) => {
  const attw = [`${ROOT}node_modules/.bin/attw`, '--profile', 'esm-only', '--format', 'json', main.path];
  const { status, stdout } = spawnSync(process.execPath, attw, { encoding: 'utf8', maxBuffer: 1 << 26 });
  t.equal(status, 0, stdout);
});

t.test('npm packages and crates have one version', async (t) => {
  t.equal(main.manifest.version, project.version);
  t.equal(platform.manifest.version, project.version);
  t.same(main.manifest.optionalDependencies?.[platform.manifest.name], project.version);
  const workspace = readFileSync(`${ROOT}Cargo.toml`, 'utf8');
  t.match(workspace, `[workspace.package]\nversion = "${project.version}"`);
});

t.test('both name the repository, its issues and a home page, at the one address in package.json', async (t) => {
  const address = project.repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  for (const field of ['homepage', 'bugs']) t.ok(project[field].startsWith(address), field);
  for (const { manifest } of [main, platform]) {
    const { repository, homepage, bugs, author } = project;
    t.match(manifest, { repository, homepage, bugs, author });
  }
  const search = ['grep', '--only-matching', '-h', '--extended-regexp', 'github\\.com/conmon-node/[A-Za-z0-9_-]+'];
  const named = execFileSync('git', search, { cwd: ROOT, encoding: 'utf8' }).trimEnd().split('\n');
  for (const each of named) t.equal(`https://${each}`, address);
});

t.test('they have no install scripts and no dependencies', async (t) => {
  for (const { manifest } of [main, platform]) {
    t.equal(manifest.scripts, undefined);
    t.equal(manifest.dependencies, undefined);
    t.equal(manifest.private, undefined);
  }
});

t.test('the package of a platform is for that platform only', async (t) => {
  t.same(platform.manifest.os, [here?.os]);
  t.same(platform.manifest.cpu, [here?.cpu]);
  t.same(platform.manifest.libc, [here?.libc]);
  const released = PLATFORMS.filter((each) => each.released).map((each) => each.package);
  t.same(Object.keys(main.manifest.optionalDependencies ?? {}), released);
});

function holds(t: Test, { files }: Tarball, ...wanted: readonly string[]): void {
  for (const file of wanted) t.ok(files.includes(file), file);
}

t.test('licence and notices of others are in both', async (t) => {
  holds(t, main, 'LICENSE', 'NOTICE', 'THIRD-PARTY-NOTICES', 'README.md', 'bin/conmon', 'dist/types/node/index.d.ts');
  holds(t, platform, 'LICENSE', 'NOTICE', 'THIRD-PARTY-NOTICES', 'README.md', 'conmon', 'conmon.node', 'miniruntime');
});

t.test('completions, services, and what Prometheus and Grafana need, are in the main package', async (t) => {
  holds(t, main, 'completions/conmonctl.bash', 'completions/_conmonctl', 'completions/conmonctl.fish');
  const names = ['conmon-metrics.service', 'conmon-metrics.timer', 'conmon.rules.yml', 'dashboard.json'];
  holds(t, main, ...names.map((name) => `examples/prometheus/${name}`));
  holds(t, main, 'examples/rescue/conmon-rescue.service', 'examples/rescue/conmon-rescue.openrc');
});

t.test('the native files contain no path of the machine that built them', async (t) => {
  const home = process.env['CARGO_HOME'] ?? `${process.env['HOME']}/.cargo`;
  for (const name of ['conmon', 'conmon.node', 'miniruntime']) {
    const bytes = readFileSync(`${ROOT}dist/native/${name}`);
    for (const path of [ROOT, home]) t.equal(bytes.includes(path), false, `${path} in ${name}`);
  }
});

t.test('the same sources give the same bytes', async (t) => {
  const before = emptyDirectory(t);
  for (const name of readdirSync(directory)) copyFileSync(join(directory, name), join(before, name));
  const again = emptyDirectory(t);
  const script = 'umask 077 && exec "$0" "$@"';
  execFileSync('/bin/sh', ['-c', script, process.execPath, ...maker('pack', '--output', again)]);
  t.same(readdirSync(again), readdirSync(before));
  for (const name of readdirSync(before)) {
    t.ok(readFileSync(join(before, name)).equals(readFileSync(join(again, name))), name);
  }
});

t.test('SHA256SUMS is what sha256sum checks', async (t) => {
  const { status, stdout } = spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {
    cwd: directory,
    encoding: 'utf8',
  });
  t.equal(status, 0, stdout);
  t.equal(stdout.trimEnd().split('\n').length, readdirSync(directory).length - 1, 'every other file');
});

interface Bill {
  readonly metadata: { readonly component: { readonly purl: string } };
  readonly components: readonly { readonly purl: string; readonly licenses: unknown }[];
}

function bill({ manifest }: Tarball): Bill {
  return JSON.parse(readFileSync(join(directory, `${manifest.name}-${manifest.version}.cdx.json`), 'utf8'));
}

t.test('a bill of materials names each npm package in the bundles', async (t) => {
  const { metadata, components } = bill(main);
  t.equal(metadata.component.purl, `pkg:npm/conmon-node@${project.version}`);
  const listed = components.map(({ purl }) => purl.replace(/^pkg:npm\/(.*)@.*$/, '$1').replace('%40', '@'));
  const bundles = ['conmonctl.js', 'index.js', 'conmon-node.cjs'].map((name) =>
    readFileSync(`${ROOT}dist/${name}`, 'utf8'),
  );
  const marks = bundles.flatMap((text) => [
    ...text.matchAll(/^\/\/ node_modules\/(?:.*node_modules\/)?((?:@[^/]+\/)?[^/\n]+)/gm),
  ]);
  const bundled = new Set(marks.map(([, name]) => name));
  t.ok(bundled.has('yargs'), 'the marks that esbuild leaves are found');
  for (const name of bundled) t.ok(listed.includes(String(name)), String(name));
  for (const { purl, licenses } of components) t.ok(licenses, `the licence of ${purl}`);
});

t.test('a bill of materials names each crate that is linked in, the engine and the C library', async (t) => {
  const { components } = bill(platform);
  const listed = components.map(({ purl }) => purl);
  const target = here?.target ?? '';
  const tree = ['tree', '--target', target, '--edges', 'normal,no-proc-macro', '--prefix', 'none', '--format', '{p}'];
  const crates = ['conmon', 'conmon-napi', 'miniruntime'].flatMap((name) => ['--package', name]);
  const said = execFileSync('cargo', [...tree, ...crates], { cwd: ROOT, encoding: 'utf8' });
  const found = [...said.matchAll(/^(\S+) v(\S+)(?: \(\*\))?$/gm)].map(
    ([, name, version]) => `pkg:cargo/${name}@${version}`,
  );
  t.ok(found.length > 10);
  t.same(listed.filter((purl) => purl.startsWith('pkg:cargo/')).toSorted(), [...new Set(found)].toSorted());
  for (const other of ['musl@1.', 'llvm-libunwind@', 'rust-std@', 'quickjs@v'])
    t.ok(
      listed.some((purl) => purl.includes(other)),
      other,
    );
});

t.test('packing prints only the written files unless stderr is a terminal', async (t) => {
  const again = emptyDirectory(t);
  const { stdout, stderr } = spawnSync(process.execPath, maker('pack', '--output', again), { encoding: 'utf8' });
  t.equal(stderr, '');
  t.same(
    stdout.trimEnd().split('\n'),
    readdirSync(again).map((name) => join(again, name)),
  );
});

t.test('on a terminal packing prints its progress', needs('script'), async (t) => {
  const pack = [process.execPath, ...maker('pack', '--output', emptyDirectory(t))].join(' ');
  const { code, text } = await command(['script', '--quiet', '--return', '--command', pack, '/dev/null']);
  t.equal(code, 0, text);
  t.match(text, /── packing\r\n/);
});
