/** The installation script of docs/nodes.md, and the files that run it on many nodes. */
import { createHash } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { codeBlock, page } from '../docs/page.js';
import { command } from '../support/command.js';
import { disposableSystem } from '../support/disposable.js';
import { needs } from '../support/needs.js';
import { ROOT } from '../support/target.js';
import { emptyDirectory, made } from './packed.js';

const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
const PAGE = page('docs/nodes.md');
const PLACE = '/usr/local/libexec/conmon-node/conmon';
const DROP_IN = '/etc/crio/crio.conf.d/50-conmon-node.conf';
const archive = made('release').find((path) => path.endsWith('-linux-amd64.tar.gz')) ?? 'none';
const sum = createHash('sha256').update(readFileSync(archive)).digest('hex');

const SCRIPT = codeBlock(PAGE, '## The script', 'sh');
const RUN = needs('root', 'curl', 'crun', 'unshare', 'nsenter');

/** A node on which the script can run again and again, and what it did there. */
async function node(t: Test) {
  const directory = emptyDirectory(t);
  const calls = join(directory, 'calls');
  const stub = '#!/bin/sh\necho "${0##*/} $*" >>"$CALLS"\n';
  for (const name of ['systemctl', 'restorecon']) {
    writeFileSync(join(directory, name), stub);
    chmodSync(join(directory, name), 0o755);
  }
  const namespace = await disposableSystem(t, '/etc', '/usr/local');
  const run = (words: readonly string[], variables: NodeJS.ProcessEnv = {}) =>
    command([...namespace.prefix, directory, ...words], {
      input: SCRIPT,
      env: {
        PATH: `${directory}:/usr/sbin:/usr/bin:/sbin:/bin`,
        CALLS: calls,
        TMPDIR: directory,
        CONMON_RELEASES: `file://${dirname(archive)}`,
        CONMON_VERSION: version,
        CONMON_SHA256: sum,
        ...variables,
      },
    });
  const install = (variables?: NodeJS.ProcessEnv) => run(['sh', '-s'], variables);
  const took = (): string => (existsSync(calls) ? readFileSync(calls, 'utf8') : '');
  const read = async (path: string): Promise<string> => (await run(['cat', path])).text;
  return { install, took, read, run };
}

t.test('the script installs, labels, configures and restarts, and does nothing the second time', RUN, async (t) => {
  const { install, took, read, run } = await node(t);
  const { code, text, stderr } = await install();
  t.equal(code, 0, stderr);
  t.equal(text, 'changed\n');
  t.equal(took(), `restorecon ${PLACE}\nsystemctl try-restart crio\n`);
  t.match((await run([PLACE, '--version'])).text, `conmon-node-${version}-`);
  t.match(
    await read(DROP_IN),
    `[crio.runtime.runtimes.crun]\nruntime_path = "/usr/bin/crun"\nmonitor_path = "${PLACE}"\n`,
  );
  t.match(await install(), { code: 0, text: '', stderr: '' });
  t.equal(took().split('\n').length, 3, 'no second restart');
  t.match(await install({ CONMON_PLACE: '/usr/local/bin/conmon' }), { code: 0, text: 'changed\n' });
  t.match(await read(DROP_IN), 'monitor_path = "/usr/local/bin/conmon"');
});

t.test(
  'the script changes nothing when the checksum differs, the archive is missing, or the runtime is not installed',
  RUN,
  async (t) => {
    const { install, took, read } = await node(t);
    t.match(await install({ CONMON_SHA256: '0'.repeat(64) }), { code: 1, text: '', stderr: /FAILED/ });
    t.not((await install({ CONMON_RELEASES: 'file:///nowhere' })).code, 0);
    t.match(await install({ CONMON_RUNTIME: 'no-such' }), { code: 1, stderr: /cannot find the runtime no-such/ });
    t.equal(took() + (await read(DROP_IN)) + (await read(PLACE)), '');
  },
);

t.test('the DaemonSet has the types of the Kubernetes API, and its script and image get what they need', async (t) => {
  const directory = t.testdir({});
  const text = JSON.stringify(parse(codeBlock(PAGE, '## DaemonSet', 'yaml')));
  const check = (json: string) => {
    const file = join(directory, 'daemon-set.ts');
    writeFileSync(
      file,
      `import type { DaemonSet } from 'kubernetes-types/apps/v1';\nexport const set: DaemonSet = ${json};\n`,
    );
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'esnext',
      '--moduleResolution',
      'bundler',
      '--skipLibCheck',
      '--types',
      'node',
    ];
    const program = [`${ROOT}node_modules/typescript/bin/tsc`, '--ignoreConfig', ...options, file];
    return spawnSync(process.execPath, program, { encoding: 'utf8', cwd: ROOT });
  };
  const { status, stdout } = check(text);
  t.equal(status, 0, stdout);
  t.match(check(text.replace('"hostPID"', '"hostPid"')).stdout, /'"hostPid"' does not exist/, 'a mistake is found');
  const { spec } = parse(text).spec.template;
  const [install] = spec.initContainers;
  const [, , words] = install.command;
  t.equal(words, 'nsenter --target 1 --mount -- sh -s </script/install-conmon-node');
  t.same(
    install.env.map(({ name }: { readonly name: string }) => name),
    ['CONMON_RELEASES', 'CONMON_VERSION', 'CONMON_SHA256'],
  );
});

t.test('every file names this version and the variables of the script', async (t) => {
  const [play] = parse(codeBlock(PAGE, '## Ansible', 'yaml'));
  const [task] = play.tasks;
  t.equal(task['ansible.builtin.script'].cmd, 'install-conmon-node');
  t.match(SCRIPT, 'echo changed');
  const config = parse(codeBlock(PAGE, '## MachineConfig', 'yaml'));
  t.equal(config.storage.files[0].contents.local, 'install-conmon-node');
  const unit: string = config.systemd.units[0].contents;
  t.match(unit, `ExecStart=${config.storage.files[0].path}\n`);
  const inUnit = [...unit.matchAll(/^Environment=(CONMON_\w+)=/gm)].map(([, name]) => name);
  for (const name of [...inUnit, ...Object.keys(task.environment)]) t.ok(SCRIPT.includes(`${name}`), name ?? 'no name');
  const named = [...PAGE.matchAll(/CONMON_VERSION(?:: |=|\n\s+value: )(\S+)/g)].map(([, each]) => each);
  t.same(named, [version, version, version]);
});

t.test('the script is free of mistakes that a shell can find', async (t) => {
  t.equal(execFileSync('sh', ['-n'], { input: SCRIPT, encoding: 'utf8' }), '');
});
