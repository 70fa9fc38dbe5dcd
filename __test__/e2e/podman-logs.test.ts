/** `podman logs` of containers that log to the journal: the same words with our monitor as with C conmon. */
import t, { type Test } from 'tap';
import { Journal } from '../support/journal.js';
import { needs, which } from '../support/needs.js';
import { IMAGE, Podman } from '../support/podman.js';
import { CONMON } from '../support/target.js';

const MISSING = needs('root', 'podman', 'crun', 'busybox', 'unshare', 'nsenter', 'journalctl');

const SCRIPTS: readonly (readonly [name: string, script: string])[] = [
  ['lines', 'echo one; echo two; echo; echo three'],
  ['a rest without its newline', 'echo one; printf rest'],
  ['a line in two parts', 'printf one; sleep 0.2; echo two'],
  ['long lines', `head -c 20000 /dev/zero | tr '\\0' x; echo; echo end`],
  ['bytes that are no text', `printf 'a\\001\\377b\\n'`],
];

/** What `podman logs` prints for each script. */
async function logs(t: Test, conmon: string): Promise<Map<string, { code: number | null; out: string; err: string }>> {
  const journal = await Journal.start(t);
  const podman = await Podman.setUp(conmon, { namespace: journal.namespace });
  t.teardown(() => podman.tearDown());
  const found = new Map<string, { code: number | null; out: string; err: string }>();
  for (const [index, [name, script]] of SCRIPTS.entries()) {
    const container = `c${index}`;
    await podman.ok('run', '--name', container, '--log-driver', 'journald', IMAGE, 'sh', '-c', script);
    const { code, stdout, stderr } = await podman.run(['logs', container]);
    found.set(name, { code, out: stdout.toString('latin1'), err: stderr });
  }
  return found;
}

void t.test('podman run --log-driver journald, then podman logs', MISSING, async (t) => {
  const ours = await logs(t, CONMON);
  t.equal(ours.get('lines')?.out, 'one\ntwo\n\nthree\n');
  t.match(ours.get('a line in two parts')?.out, /^onetwo\n$/);
  for (const [name, { code }] of ours) t.equal(code, 0, name);
  await t.test('as with C conmon', needs('conmon'), async (t) => {
    const theirs = await logs(t, which('conmon') ?? '');
    for (const [name, output] of ours) t.same(output, theirs.get(name), name);
  });
});
