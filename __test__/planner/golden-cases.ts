/** Command lines for which C conmon and the planner are compared. `RUNTIME` is replaced by an executable runtime. */

export interface GoldenCase {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The least that C conmon accepts, in the foreground. */
export const RUN = ['-c', 'abcdef', '-u', 'uuid', '-r', 'RUNTIME', '--sync', '-l', 'passthrough'];
export const EXEC = [...RUN, '-e', '--exec-process-spec', '/spec'];
const words = (text: string): readonly string[] => text.split(' ');
const run = (text: string): GoldenCase => ({ argv: [...RUN, ...words(text)] });
const raw = (text: string): GoldenCase => ({ argv: words(text) });

const GRAMMAR: readonly GoldenCase[] = [
  raw('--nope'),
  raw('--nope=5'),
  raw('-z'),
  raw('-tz'),
  raw('-t5'),
  raw('-t=1 --version'),
  raw('--cid'),
  raw('-c'),
  raw('-tc'),
  raw('-Tt'),
  raw('--ci x'),
  raw('--versi'),
  raw('---cid x'),
  raw('--=x'),
  raw('--help='),
  raw('--help-x'),
  raw('-é'),
  raw('-- -c a'),
  raw('--constructor x'),
  { argv: ['--\udcff'] },
  { argv: ['-t\udcff'] },
  run('--runtime-arg --version'),
  run('--runtime-arg -t --runtime-opt -- --runtime-opt --cid'),
  run('--runtime-arg=--root=/r --runtime-arg= --runtime-opt a=b'),
  run('-tsi'),
  run('-st --no-pivot --no-new-keyring'),
  run('-Tt 5'),
  run('-tT 5'),
  run('-0 /persist'),
  run('-c a -c b --cid=c'),
  run('-b /b --bundle /c -p p --pidfile q'),
  run('--pidfile q -p p'),
  run('--restore-arg a --runtime-opt b --restore-arg c'),
  run('stray --api-version 1 -'),
  run('-- -t --nope'),
  run('--terminal=no --systemd-cgroup='),
  { argv: [...RUN, '', '-t', '-b', ''] },
  { argv: [...RUN, '--runtime-arg', 'two words', '--runtime-arg', "it's", '--runtime-arg', 'a\nb'] },
];

const NUMBERS: readonly GoldenCase[] = [
  ['abc', '', '5x', '5 ', '5\n', '09', '0x', '0xg', '0b1', '1e3', '1.5', '-', '+', ' ', '- 5', '5 6', '\u00a05'],
  ['2147483648', '-2147483649', '0x80000000', '4294967297', '99999999999999999999', '99999999999999999999x'],
  ['2147483647', '-2147483648', '0x7fffffff', '010', '00', '+5', ' 5', '\t\v\f\r5', '-0x10', '0X1f', '٣'],
]
  .flat()
  .map((text): GoldenCase => ({ argv: [...RUN, '-T', text] }))
  .concat(
    [
      ['9223372036854775807', '9223372036854775808', '-9223372036854775808', '-9223372036854775809', '\v5', '0x'],
      ['0777777777777777777777', '01000000000000000000000', '0x7fffffffffffffff', '0x8000000000000000', '9x', ''],
    ]
      .flat()
      .map((text) => ({ argv: [...RUN, `--log-size-max=${text}`] })),
  )
  .concat([{ argv: ['-T', 'x\udcff'] }, raw('-T 5 -T abc'), raw('--exit-delay= --nope')]);

const CHECKS: readonly GoldenCase[] = [
  { argv: [] },
  raw('--log-level x'),
  raw('-c a --log-level x --exec-attach'),
  { argv: ['-c', 'a', '--log-level', ''] },
  ...words('DEBUG Warn warning error panic fatal info trace').map((level) => run(`--log-level ${level}`)),
  raw('-c a -e --restore x'),
  raw('-c a --restore x --exec-attach'),
  raw('-c a --exec-attach'),
  raw('-c a --exec-attach -e'),
  raw('-c a -e --api-version'),
  raw('-c a -e'),
  raw('-c a'),
  raw('-c a -u b'),
  raw('-c a -u b -r /nonexistent'),
  { argv: ['-c', 'a', '-u', 'b', '-r', ''] },
  raw('-c a -u b -r RUNTIME -e'),
  raw('-c a -u b -r RUNTIME -e --exit-delay -1'),
  raw('-c a -u b -r RUNTIME --exit-delay -1'),
  raw('-c a -u b -r RUNTIME'),
  { argv: ['-c', '', '-u', '', '-r', 'RUNTIME'] },
];

const LOGS: readonly GoldenCase[] = [
  ['', ':', 'k8s-file', 'k8s-file:', 'bogus:x', 'bogus:', 'a:b:c', 'K8S-FILE:x'],
  ['passthrough:', 'passthrough:x', 'none', 'none:', 'none:x', 'off', 'off:', 'null', 'null:', ':none', ':journald'],
  ['k8s-file:log', 'log', ':log', ':k8s-file', 'journald', 'journald:', 'journald:x'],
]
  .flat()
  .map((log): GoldenCase => ({ argv: [...RUN, '-l', log] }))
  .concat([
    run('-l bogus: -l k8s-file'),
    run('-l k8s-file:log --log-tag x'),
    run('-l none -l log --log-tag x'),
    run('--log-tag x'),
    run('-l none --log-tag x'),
  ]);

const CALLS: readonly GoldenCase[] = [
  run('-s --no-pivot --no-new-keyring --runtime-arg A --runtime-opt O --runtime-arg B -t -p x -b /b'),
  run('-s --no-pivot --no-new-keyring --runtime-arg A --runtime-opt O --restore /r -t'),
  { argv: [...RUN, '--restore', ''] },
  { argv: EXEC },
  { argv: [...EXEC, '--api-version', '-s', '--no-pivot', '--runtime-arg', 'A', '--runtime-opt', 'O'] },
  { argv: [...EXEC, '--exec-process-spec', '', '-c', ''] },
  { argv: ['-c', 'a', '-r', 'RUNTIME', '--sync', '-l', 'passthrough', '-e', '--exec-process-spec', '/spec'] },
];

const ENVIRONMENT: readonly GoldenCase[] = [
  { argv: RUN, env: { _OCI_SYNCPIPE: ' 1' } },
  { argv: RUN, env: { _OCI_SYNCPIPE: '+1' } },
  { argv: RUN, env: { _OCI_SYNCPIPE: '-3' } },
  { argv: RUN, env: { _OCI_STARTPIPE: '-3' } },
  { argv: RUN, env: { _OCI_STARTPIPE: '0' } },
  { argv: RUN, env: { _OCI_ATTACHPIPE: 'x' } },
  { argv: RUN, env: { LISTEN_PID: '5' } },
  { argv: RUN, env: { LISTEN_PID: ' 5x' } },
  { argv: ['-c', 'a'], env: { _OCI_SYNCPIPE: 'x', LISTEN_PID: 'x' } },
];

/** Where both must agree. */
export const SAME: Readonly<Record<string, readonly GoldenCase[]>> = {
  'the grammar of options': GRAMMAR,
  'the forms and ranges of numbers': NUMBERS,
  'the checks, their order and their words': CHECKS,
  'where the output is logged': LOGS,
  'the call of the runtime': CALLS,
  'the environment': ENVIRONMENT,
};
