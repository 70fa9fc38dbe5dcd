/** The library in another project: from the packages, in TypeScript, with no other dependency. */
import { execFileSync, spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { which } from '../support/needs.js';
import { makeRootfs } from '../support/rootfs.js';
import { ROOT } from '../support/target.js';
import { emptyDirectory, packed, strangersEnvironment } from './packed.js';

const EXAMPLES = readdirSync(`${ROOT}examples`).filter((name) => name.endsWith('.mjs'));
const { main, platform } = packed();

/** A project in which the packages are unpacked where a package manager puts them, and the compiler's types for Node. */
function project(): string {
  const directory = emptyDirectory(t);
  for (const { path, manifest } of [main, platform]) {
    const place = join(directory, 'node_modules', manifest.name);
    mkdirSync(place, { recursive: true });
    execFileSync('tar', ['-xzf', path, '-C', place, '--strip-components=1']);
  }
  for (const name of ['@types/node', 'undici-types']) {
    cpSync(`${ROOT}node_modules/${name}`, join(directory, 'node_modules', name), { recursive: true });
  }
  for (const name of EXAMPLES) cpSync(`${ROOT}examples/${name}`, join(directory, name));
  writeFileSync(join(directory, 'package.json'), '{"name":"stranger","private":true,"type":"module"}');
  return directory;
}

const directory = project();
const env = strangersEnvironment(directory);

function compile(options: Readonly<Record<string, unknown>>): SpawnSyncReturns<string> {
  const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, target: 'es2022' };
  const scripts = { allowJs: true, checkJs: true, noEmit: true };
  const compilerOptions = { ...strict, ...scripts, lib: ['es2022'], types: ['node'], ...options };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts', '*.mjs'] }));
  const tsc = `${ROOT}node_modules/typescript/bin/tsc`;
  return spawnSync(process.execPath, [tsc, '-p', '.'], { cwd: directory, env, encoding: 'utf8' });
}

for (const [module, moduleResolution] of [
  ['esnext', 'bundler'],
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
]) {
  t.test(`types are right with moduleResolution ${moduleResolution}, those of the library too`, async (t) => {
    const { status, stdout } = compile({ module, moduleResolution });
    t.equal(status, 0, stdout);
  });
}

t.test('the compiler finds a wrong option, so it sees the types', async (t) => {
  const mistake = join(directory, 'mistake.ts');
  writeFileSync(mistake, `import { startContainer } from 'conmon-node';\nawait startContainer({ bundel: '.' });\n`);
  const { status, stdout } = compile({ module: 'nodenext', moduleResolution: 'nodenext' });
  t.equal(status, 2);
  t.match(stdout, /mistake\.ts\(2,24\): error TS\d+: .*'bundel' does not exist in type 'CreateOptions'/);
  writeFileSync(mistake, '');
});

interface Bundle {
  readonly path: string;
  readonly runtime: string;
}

/** A bundle with a command, for the runtime of the package, which does not isolate. */
function plain(name: string, command: string): Bundle {
  const path = join(directory, name);
  mkdirSync(path);
  const process = { user: { uid: 0, gid: 0 }, args: ['/bin/sh', '-c', command], env: ['PATH=/usr/bin:/bin'], cwd: '/' };
  writeFileSync(join(path, 'config.json'), JSON.stringify({ ociVersion: '1.0.2', process, root: { path: '/' } }));
  return { path, runtime: join(directory, 'node_modules', platform.manifest.name, 'miniruntime') };
}

/** What `runc spec` writes, with another command. */
function isolated(runc: string, name: string, command: string): Bundle {
  const path = join(directory, name);
  mkdirSync(path);
  makeRootfs(join(path, 'rootfs'));
  execFileSync(runc, ['spec'], { cwd: path });
  const file = join(path, 'config.json');
  const spec = JSON.parse(execFileSync('cat', [file], { encoding: 'utf8' }));
  const process = { ...spec.process, terminal: false, args: ['/bin/sh', '-c', command], rlimits: [] };
  writeFileSync(file, JSON.stringify({ ...spec, process }));
  return { path, runtime: runc };
}

/** As it is in the package. */
function pathOf(name: string): string {
  return join(directory, 'node_modules', main.manifest.name, 'examples', `${name}.mjs`);
}

function example(name: string, args: readonly string[], input = ''): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [pathOf(name), ...args], {
    env,
    input,
    encoding: 'utf8',
    timeout: 60_000,
  });
}

t.test('examples', async (t) => {
  const runc = process.getuid?.() === 0 ? which('runc') : undefined;
  const make = (name: string, command: string): readonly Bundle[] => [
    plain(name, command),
    ...(runc === undefined ? [] : [isolated(runc, `${name}-runc`, command)]),
  ];

  await t.test('all of them are run here', async (t) => {
    t.same(EXAMPLES, ['count-lines.mjs', 'exec.mjs', 'find-again.mjs', 'run-and-log.mjs', 'run.mjs']);
  });

  await t.test('run-and-log', async (t) => {
    for (const { path, runtime } of make('run', 'echo hello; sleep 0.2; echo oops >&2; exit 3')) {
      const { status, stdout, stderr } = example('run-and-log', [path, runtime]);
      t.equal(stderr, '');
      t.match(stdout, /^\d{4}-\S+ stdout hello\n\d{4}-\S+ stderr oops\n$/);
      t.equal(status, 3);
    }
  });

  await t.test('exec', async (t) => {
    for (const { path, runtime } of make('exec', 'sleep 60')) {
      const command = ['/bin/sh', '-c', 'cat; echo apart >&2; exit 4'];
      const { status, stdout, stderr } = example('exec', [path, runtime, ...command], 'from our input\n');
      t.equal(stdout, 'from our input\n');
      t.equal(stderr, 'apart\n');
      t.equal(status, 4);
      t.match(example('exec', [path, runtime, '/no/such/program']), { status: 127, stderr: /exec failed: .*no\/such/ });
    }
  });

  await t.test('count-lines', async (t) => {
    const log = join(directory, 'log');
    const record = (stream: string, tag: string): string =>
      `2026-11-24T18:10:00.123456789+05:30 ${stream} ${tag} text\n`;
    writeFileSync(log, record('stdout', 'F') + record('stdout', 'P'));
    const child = spawn(process.execPath, [pathOf('count-lines'), log, '--follow'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = [text(child.stdout), once(child.stderr, 'data')];
    appendFileSync(log, `no record\n${record('stdout', 'F')}${record('stderr', 'F')}${record('stderr', 'P')}`);
    t.match(String(await stderr), /^.*log: malformed record at byte \d+: "no record"\n$/);
    child.kill('SIGINT');
    t.equal(await stdout, '2 lines of stdout, 1 of stderr, 1 without an end\n');
    t.equal(example('count-lines', [log]).stdout, '2 lines of stdout, 1 of stderr, 1 without an end\n');
  });

  const isolates = runc === undefined ? { skip: 'needs root and runc' } : {};
  const rootfs = join(directory, 'rootfs');
  if (runc !== undefined) makeRootfs(rootfs);

  await t.test('run', isolates, async (t) => {
    const { status, stdout, stderr } = example('run', [rootfs, '/bin/sh', '-c', 'echo "$GREETING"; exit 3']);
    t.strictSame([status, stdout, stderr], [3, 'hello\n', 'ended with 3\n']);
  });

  await t.test('find-again: the second run of a program finds the container of the first', isolates, async (t) => {
    const cid = example('find-again', [rootfs]).stdout.trim();
    t.match(example('find-again', ['--end', cid]), {
      status: 0,
      stdout: /^running 0 pid \d+\nended with (3|137)\n$/,
      stderr: '',
    });
    t.match(example('find-again', ['--end', cid]), { status: 1, stderr: /ERR_CONMON_CONTAINER_NOT_FOUND/ });
  });

  await t.test('without arguments they print their usage', async (t) => {
    for (const name of EXAMPLES) {
      const usage = `usage: node ${name} `;
      t.match(example(name.replace('.mjs', ''), []), { status: 125, stderr: usage });
    }
  });
});
