/**
 * A part of __test__/e2e inside the machine, on its kernel: bundled here, run by Debian's Node there. For machines whose programs this
 * one cannot execute.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import t, { type Test } from 'tap';
import { MACHINE } from '../support/vm-machine.js';
import { boot, machineNeeds } from '../support/vm.js';
import { suiteImage } from './suite-image.js';

/** Of each part of the monitor, and those that need a kernel of their own: an emulator in user mode refuses seccomp(2). */
const FILES = (
  process.env['CONMON_TEST_FILES'] ??
  'cli life exit exit-command exec-attach attach stdin streams bytes control log-k8s log-json log-rotation sync-pipe terminal signals confinement'
).split(' ');
const PATIENCE = 3_000_000;
const MEMORY_MB = 2048;

const options = MACHINE.suite === undefined ? { skip: 'this machine runs all of it itself' } : machineNeeds();

void t.test('end-to-end tests', { ...options, timeout: PATIENCE }, async (t) => {
  const dir = mkdtempSync(`${tmpdir()}/conmon-vm-`);
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const image = await suiteImage(dir, MACHINE.suite ?? '', FILES);
  check(t, await boot(t, image, PATIENCE, 'v2', MEMORY_MB));
});

function check(t: Test, said: string): void {
  const [begin = '', ...parts] = said.split(/^FILE /m);
  t.comment(begin.replace(/[^]*(?=^KERNEL )/m, ''));
  const results = new Map(parts.map((part) => [/^\S+/.exec(part)?.[0], part]));
  for (const name of FILES) {
    const part = results.get(name) ?? `${name} missing ${said}`;
    const [, status, seconds] = part.split(/\s+/, 3);
    if (!t.equal(status, '0', `${name} at ${seconds} s: ${/^# (\{ total: .*\})$/m.exec(part)?.[1]}`)) t.comment(part);
  }
  t.match(said, /^END$/m, 'the machine came to its end');
}
