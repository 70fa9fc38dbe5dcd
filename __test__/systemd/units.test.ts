/**
 * Podman's units under a real systemd, started and stopped repeatedly: no stop may leave a unit failed. systemd judges a
 * unit by the status of its main process, which is the monitor, and sends SIGTERM to the rest of its cgroup, such as a
 * pending `podman container cleanup`.
 */
import { existsSync } from 'node:fs';
import t, { type Test } from 'tap';
import { needs } from '../support/needs.js';
import { betterThanC } from '../support/target.js';
import { IMAGE, Machine } from './machine.js';

/** Number of repetitions; 20 for a thorough run. */
const CYCLES = Number(process.env['CONMON_TEST_CYCLES'] ?? 3);

const MISSING = needs(
  ...['root', 'podman', 'crun', 'busybox', 'catatonit', 'socat', 'unshare', 'nsenter'],
  ...['/lib/systemd/systemd', 'dbus-daemon'],
);

/** A well-behaved service: it exits with 0 on SIGTERM. */
const SERVICE = 'trap "exit 0" TERM; echo up; while :; do sleep 0.1; done';

/** Busybox cannot send datagrams: socat and its libraries are the machine's. */
const VOLUMES = ['/usr/bin', '/usr/lib', '/lib', '/lib64'].flatMap((path) =>
  existsSync(path) ? ['--volume', `${path}:${path}:ro`] : [],
);

/** Starts and stops a unit; returns what was not clean. */
async function cycle(machine: Machine, unit: string): Promise<string | undefined> {
  const started = await machine.run(['systemctl', 'start', unit]);
  const active = (await machine.run(['systemctl', 'is-active', unit])).text.trim();
  const stopped = await machine.run(['systemctl', 'stop', unit]);
  const shown = await machine.ok('systemctl', 'show', unit, '-p', 'Result,ActiveState,ExecMainStatus');
  await machine.run(['systemctl', 'reset-failed', unit]);
  const clean = shown.includes('Result=success\n') && shown.includes('ActiveState=inactive\n');
  if (clean && started.code === 0 && active === 'active' && stopped.code === 0) return undefined;
  return `${started.code} ${active} ${stopped.code} ${shown.trim().replaceAll('\n', ' ')}`;
}

async function cycles(t: Test, machine: Machine, unit: string): Promise<void> {
  await machine.ok('systemctl', 'daemon-reload');
  const unclean: string[] = [];
  for (let round = 0; round < CYCLES; round++) {
    const problem = await cycle(machine, unit);
    if (problem !== undefined) unclean.push(problem);
  }
  t.comment(`${unit}: ${CYCLES - unclean.length} of ${CYCLES} cycles clean`);
  if (unclean.length > 0) t.comment(await machine.ok('journalctl', '--no-pager', '--lines', '40', '--unit', unit));
  t.same(unclean, []);
}

function place(unit: string): string {
  return `/etc/systemd/system/${unit}`;
}

async function generated(t: Test, machine: Machine, name: string, ...options: readonly string[]): Promise<void> {
  await machine.ok('podman', 'create', '--name', name, IMAGE, 'sh', '-c', SERVICE);
  machine.write(
    place(`${name}.service`),
    await machine.ok('podman', 'generate', 'systemd', ...options, '--name', name),
  );
  if (options.includes('--new')) await machine.ok('podman', 'rm', name);
  await cycles(t, machine, `${name}.service`);
}

/** A unit of Type=notify, with a container that is removed on exit. */
async function notifying(t: Test, machine: Machine, name: string, options: string, service: string): Promise<void> {
  machine.write(`/etc/${name}.sh`, service);
  const run = `/usr/bin/podman run --rm --replace --detach --cgroups=no-conmon --name ${name} ${options}`;
  machine.write(
    place(`${name}.service`),
    `[Service]
Type=notify
NotifyAccess=all
TimeoutStopSec=30
ExecStart=${run} --volume /etc/${name}.sh:/service.sh:ro ${VOLUMES.join(' ')} ${IMAGE} sh /service.sh
`,
  );
  await cycles(t, machine, `${name}.service`);
}

const POD = `apiVersion: v1
kind: Pod
metadata:
  name: played
spec:
  hostNetwork: true
  containers:
    - name: service
      image: ${IMAGE}
      command: [sh, -c, '${SERVICE}']
`;

async function played(t: Test, machine: Machine): Promise<void> {
  machine.write('/etc/played.yaml', POD);
  // Podman 4 gives the service container no time to exit, so its monitor always exits with 137.
  machine.write(place('podman-kube@.service.d/killed.conf'), '[Service]\nSuccessExitStatus=137\n');
  const name = (await machine.ok('systemd-escape', '/etc/played.yaml')).trim();
  await cycles(t, machine, `podman-kube@${name}.service`);
}

const GENERATOR = '/usr/lib/systemd/system-generators/podman-system-generator';
const QUADLET = existsSync(GENERATOR) ? {} : { skip: 'this Podman has no quadlet: it came with 4.4' };

async function quadlet(t: Test, machine: Machine): Promise<void> {
  machine.write('/etc/quadlet.sh', SERVICE);
  machine.write(
    '/etc/containers/systemd/quadlet.container',
    `[Container]
Image=${IMAGE}
Volume=/etc/quadlet.sh:/service.sh:ro
Exec=sh /service.sh
`,
  );
  await cycles(t, machine, 'quadlet.service');
}

void t.test('units of Podman under systemd', { ...MISSING, timeout: 3_600_000 }, async (t) => {
  const machine = await Machine.boot();
  t.teardown(() => machine.powerOff());
  await t.test('podman generate systemd', (t) => generated(t, machine, 'generated'));
  await t.test('podman generate systemd --new', (t) => generated(t, machine, 'new', '--new'));
  await t.test('Type=notify, podman run --rm --sdnotify=conmon', (t) =>
    notifying(t, machine, 'conmon', '--sdnotify=conmon', SERVICE),
  );
  await t.test('Type=notify, podman run --rm --sdnotify=container', (t) => {
    const ready = `printf 'READY=1' | socat -u - UNIX-SENDTO:$NOTIFY_SOCKET\n${SERVICE}`;
    return notifying(t, machine, 'container', '--sdnotify=container', ready);
  });
  await t.test('podman-kube@.service', (t) => played(t, machine));
  await t.test('quadlet', QUADLET, (t) => quadlet(t, machine));
  // The guardian is the main process of a unit.
  await t.test('podman generate systemd, with guardians', betterThanC('has no guardian'), async (t) => {
    const engine = '[engine]\nconmon_env_vars = ["PATH=/usr/bin:/bin", "CONMON_GUARDIAN=1"]\n';
    machine.write('/etc/containers/containers.conf.d/guardian.conf', engine);
    await generated(t, machine, 'guarded', '--new');
    await machine.ok('systemctl', 'start', 'guarded.service');
    const main = await machine.ok('systemctl', 'show', 'guarded.service', '-p', 'MainPID', '--value');
    t.equal((await machine.ok('cat', `/proc/${main.trim()}/comm`)).trim(), 'conmon-guard');
    await machine.ok('systemctl', 'stop', 'guarded.service');
  });
});
