/** The scenarios for both monitors. */
import { writeFileSync } from 'node:fs';
import type { Role } from '../support/actor.js';
import { createArguments, legacyArguments } from '../support/arguments.js';
import type { Scene } from '../support/scene.js';

export interface Scenario {
  readonly name: string;
  readonly role: Role;
  readonly args: (scene: Scene, runtime: string) => string[];
  /** `create` reports a container that is then started; `exec` starts with the attach pipe. */
  readonly kind: 'create' | 'exec' | 'fails' | 'refused';
  /** The caller's child runs to the end. */
  readonly sync?: boolean;
  /** Additional environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

const PAYLOAD = `echo out; sleep 0.1; echo err >&2; sleep 0.1; printf 'a\\tb \\303\\244 \\377'; sleep 0.2; echo; echo; printf rest; exit 3`;
const FAILS = `echo 'one "quoted" line' >&2; echo two >&2; exit 7`;

function exitCommand(s: Scene): string[] {
  // A subshell redirects in a separate process, so that the shell has no additional descriptor.
  const script = `(exec ls -l /proc/$$/fd) > '${s.dir}/fds'
exec > '${s.bundle}/exit-command'
printf '%s\\n' "$@"
env | grep -E '^(MARK|PATH|PWD|TMPDIR|_OCI_|CONMON_)' | sort
sed -n 's/.* \\([0-9]* -> \\)/\\1/p' '${s.dir}/fds' | sort`;
  const words = ['-c', script, 'sh', '--rm', '', 'a b'];
  return ['--exit-command', '/bin/sh', ...words.flatMap((word) => ['--exit-command-arg', word])];
}

function execSpec(s: Scene): string[] {
  writeFileSync(`${s.dir}/process.json`, '{}');
  return ['-e', '--exec-process-spec', `${s.dir}/process.json`];
}

function passthrough(s: Scene, runtime: string): string[] {
  return createArguments(s, runtime, [], { '-l': 'passthrough' });
}

function refusal(name: string, args: (s: Scene, runtime: string) => string[]): Scenario {
  return { name: `refusal: ${name}`, role: {}, args, kind: 'refused' };
}

const exec = (s: Scene): string[] => [...execSpec(s), '--exec-attach'];

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'create, passthrough',
    role: { payload: 'echo out; echo err >&2; exit 3' },
    args: passthrough,
    kind: 'create',
  },
  {
    name: 'create, podman',
    role: { payload: PAYLOAD },
    args: (s, r) => createArguments(s, r, exitCommand(s)),
    kind: 'create',
  },
  {
    name: 'create, podman, -i -s',
    role: { payload: PAYLOAD },
    args: (s, r) =>
      createArguments(s, r, [
        '-i',
        '-s',
        '--no-pivot',
        '--no-new-keyring',
        '--runtime-arg=--root=/x',
        '--runtime-opt',
        '-x',
      ]),
    kind: 'create',
  },
  {
    name: 'create, cri-o',
    role: { payload: PAYLOAD },
    args: (s, r) => legacyArguments(s, r, ['--syslog', '--no-sync-log']),
    kind: 'create',
  },
  {
    name: 'create, --sync',
    role: { payload: 'exit 3' },
    args: (s, r) => createArguments(s, r, ['--sync']),
    kind: 'create',
    sync: true,
  },
  { name: 'create, killed', role: { payload: 'kill -9 $$' }, args: (s, r) => createArguments(s, r), kind: 'create' },
  {
    name: 'create, --timeout',
    role: { payload: 'sleep 60' },
    args: (s, r) => createArguments(s, r, ['--timeout=1']),
    kind: 'create',
  },
  {
    name: 'create, no log',
    role: { payload: PAYLOAD },
    args: (s, r) => createArguments(s, r, [], { '-l': 'none' }),
    kind: 'create',
  },
  {
    name: 'create, size limit',
    role: { payload: 'seq 1 900' },
    args: (s, r) => createArguments(s, r, ['--log-size-max', '9000']),
    kind: 'create',
  },
  {
    name: 'create, runtime fails',
    role: { instead: FAILS },
    args: (s, r) => createArguments(s, r, exitCommand(s)),
    kind: 'fails',
  },
  {
    name: 'create, runtime fails, cri-o',
    role: { instead: FAILS },
    args: (s, r) => legacyArguments(s, r),
    kind: 'fails',
  },
  {
    name: 'restore',
    role: { payload: 'exit 3' },
    args: (s, r) => createArguments(s, r, ['--restore', '/image', '--restore-arg', '--x']),
    kind: 'create',
  },
  {
    name: 'exec, podman',
    role: { payload: PAYLOAD },
    args: (s, r) => createArguments(s, r, [...exec(s), ...exitCommand(s)]),
    kind: 'exec',
  },
  {
    name: 'exec, podman, runtime fails',
    role: { instead: FAILS },
    args: (s, r) => createArguments(s, r, exec(s)),
    kind: 'exec',
  },
  {
    name: 'exec, cri-o',
    role: { payload: PAYLOAD, ungated: true },
    args: (s, r) => legacyArguments(s, r, [...execSpec(s), '--sync']),
    kind: 'fails',
    sync: true,
  },
  {
    name: 'exec, cri-o, runtime fails',
    role: { instead: FAILS },
    args: (s, r) => legacyArguments(s, r, [...execSpec(s), '--sync']),
    kind: 'fails',
    sync: true,
  },
  {
    name: 'exec, cri-o, time-out',
    role: { payload: 'sleep 60', ungated: true },
    args: (s, r) => legacyArguments(s, r, [...execSpec(s), '--sync', '-T', '1']),
    kind: 'fails',
    sync: true,
  },
  {
    name: 'create, two logs',
    role: { payload: PAYLOAD },
    args: (s, r) => createArguments(s, r, ['-l', 'none']),
    kind: 'create',
  },
  {
    name: 'create, names by default',
    role: { payload: 'exit 3' },
    args: (s, r) => createArguments(s, r, [], { '-b': null, '-p': null, '-n': null }),
    kind: 'create',
  },
  {
    name: 'create, only an exit directory',
    role: { payload: 'exit 3' },
    args: (s, r) => createArguments(s, r, [], { '--persist-dir': null }),
    kind: 'create',
  },
  {
    name: 'create, LISTEN_PID of another',
    role: { payload: 'exit 3' },
    args: (s, r) => createArguments(s, r, ['--runtime-opt', '--preserve-fds', '--runtime-opt', '1']),
    kind: 'create',
    env: { LISTEN_PID: '4242', LISTEN_FDS: '1' },
  },
  {
    name: 'create, LISTEN_PID replaced',
    role: { payload: 'exit 3' },
    args: (s, r) => createArguments(s, r, ['--replace-listen-pid']),
    kind: 'create',
    env: { LISTEN_PID: '4242', LISTEN_FDS: '1' },
  },
  {
    name: 'create, runtime killed',
    role: { instead: 'echo final output >&2; kill -9 $$' },
    args: (s, r) => createArguments(s, r),
    kind: 'fails',
  },
  {
    name: 'create, runtime fails, 3000 bytes',
    role: { instead: 'head -c 3000 /dev/zero | tr "\\0" x >&2; exit 1' },
    args: (s, r) => createArguments(s, r),
    kind: 'fails',
  },
  {
    name: 'exec, podman, --exit-delay',
    role: { payload: 'exit 3' },
    args: (s, r) => createArguments(s, r, [...exec(s), '--exit-delay', '1', ...exitCommand(s)]),
    kind: 'exec',
  },
  {
    name: 'exec, podman, --timeout',
    role: { payload: 'sleep 60' },
    args: (s, r) => createArguments(s, r, [...exec(s), '-T', '1']),
    kind: 'exec',
  },
  {
    name: 'exec, cri-o, --log-global-size-max',
    role: { payload: 'echo a; sleep 0.2; echo b >&2; exit 3', ungated: true },
    args: (s, r) => legacyArguments(s, r, [...execSpec(s), '--sync', '--log-global-size-max', '16777216']),
    kind: 'fails',
    sync: true,
  },
  refusal('no id', (s, r) => createArguments(s, r, [], { '-c': null })),
  refusal('no uuid', (s, r) => createArguments(s, r, [], { '-u': null })),
  refusal('no runtime', (s, r) => createArguments(s, r, [], { '-r': null })),
  refusal('runtime that is none', (s, r) => createArguments(s, r, [], { '-r': '/no/such/runtime' })),
  refusal('no log', (s, r) => createArguments(s, r, [], { '-l': null })),
  refusal('unknown log driver', (s, r) => createArguments(s, r, [], { '-l': 'pigeon:x' })),
  refusal('empty log path', (s, r) => createArguments(s, r, [], { '-l': '' })),
  refusal('k8s-file without a path', (s, r) => createArguments(s, r, [], { '-l': 'k8s-file' })),
  refusal('unknown log level', (s, r) => createArguments(s, r, ['--log-level', 'loud'])),
  refusal('negative exit delay', (s, r) => createArguments(s, r, ['--exit-delay=-1'])),
  refusal('exec and restore', (s, r) => createArguments(s, r, [...execSpec(s), '--restore', '/image'])),
  refusal('attach without exec', (s, r) => createArguments(s, r, ['--exec-attach'])),
  refusal('exec without a spec', (s, r) => createArguments(s, r, ['-e'])),
  refusal('unknown option', (s, r) => createArguments(s, r, ['--no-such-option'])),
  refusal('missing value', (s, r) => createArguments(s, r, ['--name'])),
  refusal('bad number', (s, r) => createArguments(s, r, ['--timeout', 'soon'])),
];
