import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import t from 'tap';
import { BIN, CONMONCTL } from './live.js';

function conmonctl(args: readonly string[], program: string = CONMONCTL, env: NodeJS.ProcessEnv = process.env) {
  return spawnSync(program, args, { encoding: 'utf8', env });
}

t.test('help lists the commands; help for a command lists its options with an example', async (t) => {
  const general = conmonctl(['--help']);
  t.equal(general.status, 0);
  t.match(general.stdout, /conmonctl run \[id\]/);
  t.match(general.stdout, /completion/);
  const run = conmonctl(['run', '--help']);
  t.equal(run.status, 0);
  for (const text of ['--explain', '--bundle', '--rootfs', 'Examples:', '-- /bin/sh -c']) t.match(run.stdout, text);
});

t.test('the version is that of the package', async (t) => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  for (const args of [['--version'], ['-v'], ['version'], ['ps', '--version']]) {
    t.strictSame([conmonctl(args).stdout, conmonctl(args).status], [`${version}\n`, 0], args.join(' '));
  }
});

t.test('help is also a command, with the text of the option', async (t) => {
  t.equal(conmonctl(['help']).stdout, conmonctl(['--help']).stdout);
  t.equal(conmonctl(['-h']).stdout, conmonctl(['--help']).stdout);
  const ofRun = conmonctl(['run', '--help']).stdout;
  for (const args of [
    ['help', 'run'],
    ['run', '-h'],
    ['--help', 'run'],
    ['run', '--conmon-arg', '--help', '--help'],
  ]) {
    t.equal(conmonctl(args).stdout, ofRun, args.join(' '));
  }
});

t.test('options may precede the command', async (t) => {
  t.ok(Array.isArray(JSON.parse(conmonctl(['--json', 'ps']).stdout)));
  t.match(conmonctl(['--tail', 'ps', 'logs', './nowhere']).stderr, /--tail needs a number of lines or all, not "ps"/);
  t.match(conmonctl(['--json', '--rootfs', '/nowhere', 'run', '--', 'ps']).stderr, /nowhere/);
});

for (const [rule, args, message] of [
  ['no command', [], /no command given\n  conmonctl --help lists the commands\.\n$/],
  ['options without a command', ['--json'], /no command given/],
  ['an unknown command', ['walk'], /unknown command "walk"\n  conmonctl --help lists/],
  ['a command that is nearly one', ['stat'], /unknown command "stat"\n  Did you mean stats\?\n$/],
  ['letters of a command in another order', ['dcotor'], /Did you mean doctor\?/],
  ['help for an unknown command', ['help', 'log'], /unknown command "log"\n  Did you mean logs\?/],
  ['an unknown option', ['run', '--rootsf', '/x', '--', 'true'], /unknown option --rootsf\n  Did you mean --rootfs\?/],
  ['an unknown option in front of an argument', ['logs', '--foo', 'web'], /unknown option --foo\n  See conmonctl logs/],
  ['an unknown letter', ['run', '-itx', '--', 'true'], /unknown option -x/],
  ['an option without its value', ['run', '--rootfs'], /--rootfs needs a value: --rootfs DIR/],
  ['an option without its number', ['logs', 'web', '--tail'], /--tail needs a value: --tail N/],
  ['a value for an option that has none', ['ps', '--json=5'], /--json takes no value/],
  ['no container', ['attach'], /missing argument: CONTAINER\n  Usage: conmonctl attach \[OPTIONS\] CONTAINER/],
  [
    'neither a container nor a file',
    ['logs', '-f'],
    /missing argument: CONTAINER\|FILE\n  Usage: .*CONTAINER\n .*FILE\n$/,
  ],
  ['no size', ['resize', 'web'], /missing argument: SIZE/],
  ['no manager', ['setup'], /missing argument: MANAGER\n  Usage: conmonctl setup podman/],
  ['a manager by another name', ['setup', 'crio'], /MANAGER is podman or cri-o, not "crio"\n  Did you mean cri-o\?/],
  ['an argument too many', ['ps', 'web'], /unexpected argument "web"/],
  [
    'an option given twice',
    ['run', '--rootfs', '/a', '--rootfs', '/b', '--', 'true'],
    /--rootfs is given more than once/,
  ],
  [
    'a value that is none of the choices',
    ['run', '--network', 'some', '--', 'true'],
    /--network is none or host, not "some"/,
  ],
  ['two ids', ['run', 'a', 'b', '--', 'true'], /unexpected argument "b"/],
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

t.test('words after -- are not options, in every command but run', async (t) => {
  const dir = t.testdir({ '-log': '2026-11-24T12:00:00.000000000+00:00 stdout F from a file\n' });
  for (const args of [
    ['logs', '--', `${dir}/-log`],
    ['logs', '--stream', 'stdout', '--', `${dir}/-log`],
    ['--', 'logs', `${dir}/-log`],
  ]) {
    const { status, stdout, stderr } = conmonctl(args);
    t.same([status, stdout, stderr], [0, 'from a file\n', ''], args.join(' '));
  }
  for (const [args, status, message] of [
    [['logs', '--', '--no-such'], 1, /no monitor here has a container "--no-such"/],
    [['stats', '--json', '--', '-x', 'y'], 1, /no monitor here has a container "-x"/],
    [['attach', '--', '--help'], 1, /no monitor here has a container "--help"/],
    [['resize', '--', '-x', '2x2'], 1, /no monitor here has a container "-x"/],
    [['ps', '--', '-q'], 125, /unexpected argument "-q"/],
    [['setup', '--', '--dry-run'], 125, /MANAGER is podman or cri-o, not "--dry-run"/],
  ] as const) {
    const found = conmonctl(args);
    t.equal(found.status, status, args.join(' '));
    t.match(found.stderr, message);
  }
  t.same([conmonctl(['ps', '--json', '--']).status, conmonctl(['stats', '--json', '--']).status], [0, 0]);
});

t.test('completion knows commands and options', async (t) => {
  const complete = (...words: readonly string[]): string =>
    conmonctl(['--get-yargs-completions', 'conmonctl', ...words]).stdout;
  t.match(complete('r'), /^run\b/m);
  t.match(complete('run', '--exp'), /--explain/);
  t.match(complete('run', '--network', ''), /host/);
});

t.test('the command finds its program through symbolic links', async (t) => {
  const directory = t.testdir({});
  symlinkSync(BIN, `${directory}/one`);
  symlinkSync('one', `${directory}/two`);
  t.equal(conmonctl(['--version'], `${directory}/two`).status, 0);
});

t.test('an unbuilt checkout and a machine without node get advice', async (t) => {
  const directory = t.testdir({});
  mkdirSync(`${directory}/bin`);
  copyFileSync(BIN, `${directory}/bin/conmonctl`);
  const unbuilt = conmonctl(['--version'], `${directory}/bin/conmonctl`);
  t.equal(unbuilt.status, 125);
  t.match(unbuilt.stderr, /dist\/conmonctl\.js is not there\.\n.*npm run build/);
  const tools = `${directory}/tools`;
  mkdirSync(tools);
  const readlink = execFileSync('sh', ['-c', 'command -v readlink'], { encoding: 'utf8' }).trim();
  symlinkSync(readlink, `${tools}/readlink`);
  const nodeless = conmonctl(['--version'], BIN, { PATH: tools });
  t.equal(nodeless.status, 125);
  t.match(nodeless.stderr, /node is not in PATH\.\n.*Node\.js 20/);
});
