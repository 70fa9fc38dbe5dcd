/** `conmonctl setup` and `doctor` with CRI-O's configuration, and a program that plays CRI-O. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import t from 'tap';
import { needs } from '../support/needs.js';
import { CONMONCTL } from './live.js';
import { CRIO_FILE, machine, OURS } from './setup-machine.js';

/** Plays the two commands of CRI-O that are asked, by its rules: a later table of a runtime replaces an earlier one. */
const CRIO = `#!/bin/sh
case $1 in
  --version) echo 'crio version 1.30.0' ;;
  config) cat /etc/crio/crio.conf; [ -e ${CRIO_FILE} ] && sed -n '/^\\[crio.runtime.runtimes/,$p' ${CRIO_FILE} || true ;;
esac
`;

void t.test('CRI-O gets the monitor for each of its OCI runtimes, whose settings stay', needs('root'), async (t) => {
  const { etc, dir, call } = await machine(t);
  mkdirSync(`${etc}/crio/crio.conf.d`, { recursive: true });
  writeFileSync(`${etc}/crio/crio.conf`, '[crio.runtime]\ndefault_runtime = "crun"\n');
  writeFileSync(
    `${etc}/crio/crio.conf.d/10-runtimes.conf`,
    `[crio.runtime.runtimes.crun]
runtime_path = "/usr/bin/crun"
runtime_root = "/run/crun"
allowed_annotations = ["io.containers.trace-syscall"]
[crio.runtime.runtimes.kata]
runtime_type = "vm"
runtime_path = "/usr/bin/containerd-shim-kata-v2"
[crio.runtime.runtimes.runc]
monitor_env = ["A=1"]
`,
  );
  const { code, text } = await call([CONMONCTL, 'setup', 'cri-o']);
  t.equal(code, 0);
  t.match(text, `wrote ${CRIO_FILE}`);
  t.match(text, '! CRI-O was not asked which monitor it uses: crio is not installed');
  t.match(text, '→ now run: systemctl restart crio');
  t.same(parse(readFileSync(`${etc}/crio/crio.conf.d/50-conmon-node.conf`, 'utf8')), {
    crio: {
      runtime: {
        runtimes: {
          crun: {
            runtime_path: '/usr/bin/crun',
            runtime_root: '/run/crun',
            allowed_annotations: ['io.containers.trace-syscall'],
            monitor_path: OURS,
          },
          runc: { monitor_env: ['A=1'], monitor_path: OURS },
        },
      },
    },
  });
  mkdirSync(`${dir}/bin`);
  writeFileSync(`${dir}/bin/crio`, CRIO, { mode: 0o755 });
  const env = { PATH: `${dir}/bin:${process.env['PATH']}` };
  const asked = await call([CONMONCTL, 'setup', 'cri-o'], env);
  t.match(asked.text, `✓ CRI-O reports that it uses ${OURS}`);
  t.match((await call([CONMONCTL, 'doctor'], env)).text, /✓ cri-o +uses this package's monitor/);
  t.equal((await call([CONMONCTL, 'setup', 'cri-o', '--undo'], env)).code, 0);
  t.notOk(existsSync(`${etc}/crio/crio.conf.d/50-conmon-node.conf`));
  t.ok(existsSync(`${etc}/crio/crio.conf.d/10-runtimes.conf`));
});

void t.test(
  'later and unreadable files of CRI-O and changes since the set-up are reported',
  needs('root'),
  async (t) => {
    const { etc, dir, call } = await machine(t);
    const directory = `${etc}/crio/crio.conf.d`;
    mkdirSync(directory, { recursive: true });
    mkdirSync(`${dir}/bin`);
    const runtime = (more = ''): string => `[crio.runtime.runtimes.crun]\nruntime_path = "/usr/bin/crun"\n${more}`;
    writeFileSync(`${directory}/10-crio.conf`, runtime());
    writeFileSync(`${directory}/99-other.conf`, runtime('monitor_path = "/usr/bin/conmon"\n'));
    const overridden = await call([CONMONCTL, 'setup', 'cri-o']);
    t.match(overridden.text, '! /etc/crio/crio.conf.d/99-other.conf is read later and sets another monitor');
    rmSync(`${directory}/99-other.conf`);

    const crio = `#!/bin/sh\n[ "$1" = --version ] && exec echo crio version 1.30.0\ncat ${CRIO_FILE}\n`;
    writeFileSync(`${dir}/bin/crio`, crio, { mode: 0o755 });
    const env = { PATH: `${dir}/bin:${process.env['PATH']}` };
    const findings = async (): Promise<readonly { topic: string; level: string }[]> => {
      const { findings } = JSON.parse((await call([CONMONCTL, 'doctor', '--json'], env)).text);
      return findings.filter(
        ({ topic, level }: { topic: string; level: string }) => topic === 'cri-o' && level !== 'good',
      );
    };
    t.equal((await call([CONMONCTL, 'setup', 'cri-o'], env)).code, 0);
    t.same(await findings(), []);
    writeFileSync(`${directory}/10-crio.conf`, runtime('runtime_root = "/run/crun"\n'));
    t.match(await findings(), [
      { level: 'warning', what: /^settings have changed since/, advice: `conmonctl setup cri-o --conmon ${OURS}` },
    ]);
    t.equal((await call([CONMONCTL, 'setup', 'cri-o'], env)).code, 0);
    t.same(await findings(), []);

    writeFileSync(`${directory}/20-broken.conf`, 'a = = b\n');
    t.match(await findings(), [
      { level: 'problem', what: /^cannot read \/etc\/crio\/crio\.conf\.d\/20-broken\.conf: line 1/ },
    ]);
    const refused = await call([CONMONCTL, 'setup', 'cri-o'], env);
    t.equal(refused.code, 125);
    t.match(refused.stderr, /cannot read \S*20-broken\.conf: line 1: .*\n  CRI-O cannot read it either/);
    rmSync(`${directory}/20-broken.conf`);

    copyFileSync(OURS, `${dir}/conmon`);
    t.equal((await call([CONMONCTL, 'setup', 'cri-o', '--conmon', `${dir}/conmon`], env)).code, 0);
    rmSync(`${dir}/conmon`);
    t.match(await findings(), [{ level: 'problem', what: `${dir}/conmon, which ${CRIO_FILE} names, does not exist` }]);

    // If CRI-O does not answer, no file remains.
    const before = readFileSync(`${directory}/50-conmon-node.conf`, 'utf8');
    writeFileSync(`${dir}/bin/crio`, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const failed = await call([CONMONCTL, 'setup', 'cri-o'], env);
    t.equal(failed.code, 1);
    t.match(failed.text, /restored .*50-conmon-node\.conf\n✗ CRI-O does not answer/);
    t.equal(readFileSync(`${directory}/50-conmon-node.conf`, 'utf8'), before);
  },
);

void t.test(
  'without a configured runtime CRI-O cannot be set up, and the error gives the reason',
  needs('root'),
  async (t) => {
    const { call } = await machine(t);
    const { code, stderr } = await call([CONMONCTL, 'setup', 'cri-o']);
    t.equal(code, 125);
    t.match(stderr, 'no runtime is configured');
  },
);
