import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { LONG_FILES } from '../../scripts/steps.mjs';

const DEMO = fileURLToPath(new URL('../../scripts/demo.sh', import.meta.url));

t.test('the demo runs a container, explains it, and leaves nothing behind', async (t) => {
  const temporary = t.testdir({});
  const { status, stdout, stderr } = spawnSync(DEMO, {
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: temporary },
  });
  t.equal(status, 0, stderr);
  for (const text of ['--log-path k8s-file:', '{"data": ', 'stderr F this goes to stderr', 'content    "42"']) {
    t.match(stdout, text);
  }
  t.match(stdout, /stdout P and at the end a part of one$/m);
  t.match(stdout, /kB of it anonymous/);
  t.same(readdirSync(temporary), []);
  const id = /container\s+(conmonctl-[0-9a-f]+)/.exec(stdout)?.[1] ?? 'no id';
  const commands = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandOf(name).includes(id));
  t.same(commands, []);
});

/** @param {string} pid */
function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

t.test('a Rust file of more than 400 lines is found', async (t) => {
  const directory = t.testdir({ 'long.rs': 'x\n'.repeat(401), 'longest.rs': 'x\n'.repeat(400) });
  const cwd = { cwd: directory, encoding: /** @type {const} */ ('utf8') };
  spawnSync('git', ['init', '--quiet'], cwd);
  const { status, stdout } = spawnSync('bash', ['-c', LONG_FILES], cwd);
  t.same([status !== 0, stdout], [true, 'long.rs\n']);
  rmSync(join(directory, 'long.rs'));
  t.equal(spawnSync('bash', ['-c', LONG_FILES], cwd).status, 0);
});
