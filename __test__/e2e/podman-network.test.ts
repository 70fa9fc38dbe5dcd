/** Published ports: the monitor holds them for podman, so that no other process can bind them while the container runs. */
import t from 'tap';
import { type Result, command } from '../support/command.js';
import { enterNetwork } from '../support/namespace.js';
import { needs } from '../support/needs.js';
import { IMAGE, Podman } from '../support/podman.js';
import { until } from '../support/wait.js';

const MISSING = needs('root', 'podman', 'busybox', 'crun', 'unshare', 'nsenter', 'ip', 'ss', 'iptables');
const PORT = 18080;

void t.test(
  'a published port leads to the container, is held by the monitor, and is free at the end',
  MISSING,
  async (t) => {
    // netavark writes below /run.
    const namespace = await enterNetwork('mount -t tmpfs none /run', 'mkdir /run/netns /run/lock');
    const podman = await Podman.setUp(undefined, { namespace });
    t.teardown(() => podman.tearDown());
    const global = ['--runtime', 'crun', '--network-config-dir', `${podman.dir}/networks`];
    const inside = (...words: readonly string[]): Promise<Result> =>
      command([...namespace.prefix, podman.dir, ...words], { env: podman.env() });
    const holders = async (): Promise<string> => (await inside('ss', '--no-header', '-ltnp', `sport = ${PORT}`)).text;

    const serve = 'echo served > /tmp/index.html; exec httpd -f -p 80 -h /tmp';
    const publish = ['--network', 'bridge', '--publish', `${PORT}:80`];
    const id = await podman.ok(...global, 'run', '--detach', '--init', ...publish, IMAGE, 'sh', '-c', serve);
    const monitor = await podman.inspect(id, '{{.State.ConmonPid}}');
    t.match(await holders(), `(("conmon",pid=${monitor},`);
    const ask = ['busybox', 'wget', '-q', '-O', '-', `http://127.0.0.1:${PORT}/index.html`];
    await until('the page', async () => (await inside(...ask)).text === 'served\n');
    const second = await podman.run([...global, 'run', '--rm', ...publish, IMAGE, 'true']);
    t.not(second.code, 0);
    t.match(second.stderr, /address already in use/);
    await podman.ok(...global, 'stop', '--time', '5', id);
    t.equal(await holders(), '');
    await podman.ok(...global, 'start', id);
    await until('the page again', async () => (await inside(...ask)).text === 'served\n');
    await podman.ok(...global, 'rm', '--force', '--time', '0', id);
    t.equal(await holders(), '');
  },
);
