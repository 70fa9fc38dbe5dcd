import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import t from 'tap';
import { BIN, CONMONCTL } from './live.js';

function conmonctl(args: readonly string[], program: string = CONMONCTL, env: NodeJS.ProcessEnv = process.env) {
  return spawnSync(program, args, { encoding: 'utf8', env });
}

t.test('help names the commands, and that of a command its options with an example', async (t) => {
  const general = conmonctl(['--help']);
  t.equal(general.status, 0);
  t.match(general.stdout, /conmonctl run \[id\]/);
  t.match(general.stdout, /completion/);
  const run = conmonctl(['run', '--help']);
  t.equal(run.status, 0);
  for (const text of ['--explain', '--bundle', '--rootfs', 'Examples:', '-- /bin/sh -c']) t.match(run.stdout, text);
});

t.test('the version is that of the package', async (t) => {
  t.match(conmonctl(['--version']).stdout, /^\d+\.\d+\.\d+\n$/);
});

for (const [rule, args, message] of [
  ['no command', [], /no command given/],
  ['an unknown command', ['walk'], /Unknown .*walk/],
  ['an unknown option', ['run', '--rootsf', '/x', '--', 'true'], /Unknown argument: rootsf/],
  ['an option without its value', ['run', '--rootfs'], /Not enough arguments following: rootfs/],
  [
    'an option given twice',
    ['run', '--rootfs', '/a', '--rootfs', '/b', '--', 'true'],
    /--rootfs is given more than once/,
  ],
  ['a value that is none of the choices', ['run', '--network', 'some', '--', 'true'], /Choices: "none", "host"/],
  ['two ids', ['run', 'a', 'b', '--', 'true'], /Unknown argument: b/],
  ['nothing to run', ['run'], /nothing to run/],
  [
    'a root file system that is none',
    ['run', '--runtime', '/bin/true', '--rootfs', '/nowhere', '--', 'true'],
    /root file system/,
  ],
] as const) {
  t.test(`is refused with a reason: ${rule}`, async (t) => {
    const { status, stderr, stdout } = conmonctl(args);
    t.equal(status, 125);
    t.match(stderr, message);
    t.match(stderr, /^conmonctl: /);
    t.equal(stdout, '');
  });
}

t.test('completion knows commands and options', async (t) => {
  t.match(conmonctl(['completion']).stdout, 'complete -o bashdefault');
  const complete = (...words: readonly string[]): string =>
    conmonctl(['--get-yargs-completions', 'conmonctl', ...words]).stdout;
  t.match(complete('r'), /^run\b/m);
  t.match(complete('run', '--exp'), /--explain/);
  t.match(complete('run', '--network', ''), /host/);
});

t.test('the command finds its program through symbolic links', async (t) => {
  const folder = t.testdir({});
  symlinkSync(BIN, `${folder}/one`);
  symlinkSync('one', `${folder}/two`);
  t.equal(conmonctl(['--version'], `${folder}/two`).status, 0);
});

t.test('a checkout that is not built, and a machine without node, are told what to do', async (t) => {
  const folder = t.testdir({});
  mkdirSync(`${folder}/bin`);
  copyFileSync(BIN, `${folder}/bin/conmonctl`);
  const unbuilt = conmonctl(['--version'], `${folder}/bin/conmonctl`);
  t.equal(unbuilt.status, 125);
  t.match(unbuilt.stderr, /dist\/conmonctl\.js is not there\.\n.*npm run build/);
  const tools = `${folder}/tools`;
  mkdirSync(tools);
  const readlink = execFileSync('sh', ['-c', 'command -v readlink'], { encoding: 'utf8' }).trim();
  symlinkSync(readlink, `${tools}/readlink`);
  const nodeless = conmonctl(['--version'], BIN, { PATH: tools });
  t.equal(nodeless.status, 125);
  t.match(nodeless.stderr, /no node in PATH\.\n.*Node\.js 20/);
});
