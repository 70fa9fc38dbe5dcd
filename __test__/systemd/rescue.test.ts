/** The service that replaces killed monitors, under a real systemd. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { CONMONCTL } from '../ctl/live.js';
import { needs } from '../support/needs.js';
import { betterThanC, ROOT } from '../support/target.js';
import { until } from '../support/wait.js';
import { IMAGE, Machine } from './machine.js';

const MISSING = {
  ...needs(
    'root',
    'podman',
    'crun',
    'busybox',
    'catatonit',
    'unshare',
    'nsenter',
    '/lib/systemd/systemd',
    'dbus-daemon',
  ),
  ...betterThanC('leaves a container without a monitor when it is killed'),
};
/** It ignores that nobody reads its output for a moment. */
const SERVICE = `trap '' PIPE; trap 'exit 3' TERM; i=0; while :; do i=$((i+1)); echo "line $i" 2>/dev/null; sleep 0.05; done`;

void t.test('conmon-rescue.service', { ...MISSING, timeout: 300_000 }, async (t) => {
  const machine = await Machine.boot(ROOT);
  t.teardown(() => machine.powerOff());
  const unit = readFileSync(`${ROOT}examples/rescue/conmon-rescue.service`, 'utf8');
  machine.write('/etc/systemd/system/conmon-rescue.service', unit.replace('=conmonctl ', `=${CONMONCTL} `));
  await machine.ok('systemctl', 'enable', '--now', 'conmon-rescue.service');
  const inspect = async (format: string): Promise<string> =>
    (await machine.ok('podman', 'container', 'inspect', '--format', format, 'served')).trim();
  await machine.ok('podman', 'run', '--detach', '--name', 'served', IMAGE, 'sh', '-c', SERVICE);
  const monitor = await inspect('{{.State.ConmonPid}}');
  for (let round = 0; round < 3; round += 1) {
    const before = await started(machine, monitor);
    await machine.ok('kill', '-KILL', monitor);
    await until('another monitor', async () => ![before, undefined].includes(await started(machine, monitor)));
  }
  t.equal(
    await inspect('{{.State.Status}} {{.State.ConmonPid}}'),
    `running ${monitor}`,
    'with the pid that podman knows',
  );
  const lines = async (): Promise<number> => (await machine.ok('podman', 'logs', 'served')).split('\n').length;
  const seen = await lines();
  await until('more lines', async () => (await lines()) > seen + 3);

  // The monitors that it has started outlive it.
  await machine.ok('systemctl', 'stop', 'conmon-rescue.service');
  t.match(await machine.ok('systemctl', 'show', 'conmon-rescue.service', '-p', 'Result'), /=success/);
  await machine.ok('podman', 'stop', 'served');
  await until('the clean-up', async () => (await inspect('{{.State.Status}}')) === 'exited');
  t.equal(await inspect('{{.State.ExitCode}}'), '3');
});

/** When the process with this pid was started; undefined if there is none. */
async function started(machine: Machine, pid: string): Promise<string | undefined> {
  const { code, text } = await machine.run(['cat', `/proc/${pid}/stat`]);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return code === 0 && fields[0] !== 'Z' ? fields[19] : undefined;
}
