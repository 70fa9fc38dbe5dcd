import { closeSync, constants, mkdtempSync, openSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { PLAN_VERSION } from '../../../ts/planner/constants.js';
import { afterReplacement, PROBED } from '../probe.js';

const ARGV = ['-c', 'id', '-u', 'uuid', '-r', '/bin/true', '-l', 'none'].map((text) => Buffer.from(text));
const NOT_UTF8 = Buffer.from([0x61, 0xff, 0x62, 0xc3, 0xa9, 0xed, 0xa0, 0x80, 0x80]);

t.test('the executable gets the plan, and the status is its own', async (t) => {
  const found = afterReplacement({ argv: ARGV });
  t.equal(found.exit, PROBED, found.stderr);
  t.match(found.plan, { version: PLAN_VERSION, mode: 'create', cid: 'id' });
});

t.test('arguments are byte for byte those that were given', async (t) => {
  const argv = [...ARGV, Buffer.from('--exit-command-arg'), NOT_UTF8, Buffer.from('-n'), Buffer.from('é€😀 "\'')];
  t.same(afterReplacement({ argv }).argv, argv);
});

t.test('the environment is byte for byte the one that was given, and the plan', async (t) => {
  const given = [
    Buffer.concat([Buffer.from('BYTES='), NOT_UTF8]),
    Buffer.from('not.a-shell%name=kept'),
    Buffer.from('EMPTY='),
    Buffer.from('PWD=/elsewhere'),
    Buffer.from('TZ=Asia/Kolkata'),
  ];
  const found = afterReplacement({ argv: ARGV, environment: given });
  // The first two are the probe's own.
  t.same(found.environment.slice(2, -1), given);
  t.match(found.environment.at(-1)?.toString(), /^_CONMON_PLAN_FD=\d+$/);
});

t.test('variables that break or slow Node do neither, and reach the executable', async (t) => {
  const given = [Buffer.from('NODE_OPTIONS=--no-such-option "a b"'), Buffer.from('NODE_EXTRA_CA_CERTS=/no/such/file')];
  const found = afterReplacement({ argv: ARGV, environment: given });
  t.equal(found.exit, PROBED, found.stderr);
  t.same(found.environment.slice(2, -1), given);
});

t.test('a plan that the caller names in the environment is ignored', async (t) => {
  const found = afterReplacement({ argv: ARGV, environment: [Buffer.from('_CONMON_PLAN_FD=0')] });
  t.equal(found.environment.filter((entry) => entry.toString().startsWith('_CONMON_PLAN_FD=')).length, 1);
});

t.test('inherited descriptors 3 to 20 are open, and none of Node', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'conmon-descriptors-'));
  const paths = Array.from({ length: 18 }, (_, index) => join(directory, `file-${index + 3}`));
  const descriptors = paths.map((path) => openSync(path, 'w'));
  try {
    const found = afterReplacement({ argv: ARGV, descriptors });
    for (const [index, path] of paths.entries()) t.equal(found.descriptors.get(index + 3), path);
    for (const target of found.descriptors.values()) t.notMatch(target, /^anon_inode:/);
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
    rmSync(directory, { recursive: true });
  }
});

t.test('no pipe of Node is left to the executable', async (t) => {
  // What this process inherited itself may be handed on.
  const ours = readdirSync('/proc/self/fd').map(targetOf);
  const found = afterReplacement({ argv: ARGV });
  const pipes = Array.from(found.descriptors).filter(([fd, target]) => fd > 2 && target.startsWith('pipe:'));
  t.same(
    pipes.filter(([, target]) => !ours.includes(target)),
    [],
  );
});

t.test('no signal is ignored or blocked', async (t) => {
  const { status } = afterReplacement({ argv: ARGV });
  t.match(status, /^SigIgn:\s*0+$/m);
  t.match(status, /^SigBlk:\s*0+$/m);
});

t.test('the description of stdout, which the caller shares, stays blocking', async (t) => {
  t.equal(afterReplacement({ argv: ARGV }).stdoutFlags & constants.O_NONBLOCK, 0);
});

function targetOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}
