/** Pods: an infra container that holds them together, and a monitor for each container. */
import { writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { needs } from '../support/needs.js';
import { IMAGE, Podman } from '../support/podman.js';
import { comm, isAlive } from '../support/proc.js';
import { processesOf } from '../support/scene.js';
import { until } from '../support/wait.js';

const MISSING = needs('root', 'podman', 'busybox', 'catatonit', 'unshare', 'nsenter');

void t.test('pods of podman', MISSING, async (t) => {
  const podman = await Podman.setUp();
  t.teardown(() => podman.tearDown());
  for (const runtime of ['crun', 'runc'] as const) {
    await t.test(runtime, needs(runtime), (t) => suite(t, podman, ['--runtime', runtime]));
  }
});

async function suite(t: Test, podman: Podman, runtime: readonly string[]): Promise<void> {
  // Networks are looked up even where none is used; those of the machine stay as they are.
  const global = [...runtime, '--network-config-dir', `${podman.dir}/networks`];
  const ok = (...args: readonly string[]): Promise<string> => podman.ok(...global, ...args);
  const logs = async (name: string): Promise<string> => (await podman.run([...global, 'logs', name])).text;
  const state = async (name: string): Promise<string> => podman.inspect(name, '{{.State.Status}} {{.State.ExitCode}}');

  await t.test('pod create, stop, start, rm: its containers follow, each with a monitor of its own', async (t) => {
    await ok('pod', 'create', '--name', 'pod', '--network', 'none');
    const script = 'trap "exit 6" TERM; echo "in $(hostname)"; while :; do sleep 0.05; done';
    await ok('run', '--detach', '--pod', 'pod', '--name', 'member', IMAGE, 'sh', '-c', script);
    const infra = await ok('pod', 'inspect', '--format', '{{.InfraContainerID}}', 'pod');
    const monitors: number[] = [];
    for (const name of [infra, 'member']) {
      const monitor = Number(await podman.inspect(name, '{{.State.ConmonPid}}'));
      t.equal(comm(monitor), 'conmon');
      monitors.push(monitor);
    }
    t.not(monitors[0], monitors[1]);
    await until('the first line', async () => (await logs('member')) === 'in pod\n');
    await ok('pod', 'stop', '--time', '20', 'pod');
    t.equal(await state('member'), 'exited 6');
    await until('the end of the monitors', () => !monitors.some(isAlive));
    await ok('pod', 'start', 'pod');
    await until('the second line', async () => (await logs('member')) === 'in pod\nin pod\n');
    t.equal(await state('member'), 'running 0');
    await ok('pod', 'kill', 'pod');
    await ok('wait', 'member');
    t.equal(await state('member'), 'exited 137');
    await ok('pod', 'rm', '--force', '--time', '0', 'pod');
    t.equal(await ok('ps', '--all', '--quiet'), '');
  });

  await t.test('play kube runs the containers of a file, --down ends them', async (t) => {
    const file = `${podman.dir}/pod.yaml`;
    writeFileSync(file, kubernetesPod());
    await ok('play', 'kube', file);
    t.equal(await ok('wait', 'kube-fails'), '3');
    t.equal(await logs('kube-fails'), 'out\n');
    const { text } = await podman.run([...global, 'exec', 'kube-stays', 'sh', '-c', 'echo $GIVEN']);
    t.equal(text, 'by the file\n');
    await ok('play', 'kube', '--down', file);
    t.equal(await ok('ps', '--all', '--quiet'), '');
    t.equal(await ok('pod', 'ps', '--quiet'), '');
  });

  await t.test('nothing is left of it all', async (t) => {
    await until('the end of all processes', () => processesOf(podman.dir).length === 0);
    t.same(podman.mounts(), []);
  });
}

function kubernetesPod(): string {
  const container = (name: string, command: readonly string[]): object => ({
    name,
    image: IMAGE,
    imagePullPolicy: 'Never',
    command,
    env: [{ name: 'GIVEN', value: 'by the file' }],
  });
  const containers = [
    container('fails', ['sh', '-c', 'echo out; exit 3']),
    container('stays', ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.05; done']),
  ];
  // JSON is YAML.
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'kube' },
    spec: { restartPolicy: 'Never', hostNetwork: true, containers },
  });
}
