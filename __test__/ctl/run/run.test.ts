import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { newRunId } from '../../../ts/ctl/run/container-id.js';
import { ociSpec } from '../../../ts/node/containers/oci-spec.js';
import { isAlive } from '../../support/proc.js';
import { untilExists } from '../../support/wait.js';
import { leftovers, makeRootfs, MONITORS, type Result, Run, skipWithout } from '../live.js';

interface Scene {
  readonly id: string;
  readonly rootfs: string;
  readonly temporary: string;
  /** Options that every run of the scene has. */
  readonly common: readonly string[];
}

const rootfs = makeRootfs(t.testdir({}));

for (const monitor of MONITORS) {
  const test = (rule: string, body: (t: Test, scene: Scene) => Promise<void>): void => {
    void t.test(`${rule} (${monitor.name})`, skipWithout(monitor, 'runc', 'busybox'), async (t) => {
      const id = newRunId();
      const temporary = t.testdir({});
      const common = ['--conmon', monitor.path, '--runtime', 'runc'];
      await body(t, { id, rootfs, temporary, common });
      t.same(await leftovers(id, temporary), [], 'nothing remains');
    });
  };

  const inRootfs = (scene: Scene, options: readonly string[], command: readonly string[]): Run =>
    new Run([...scene.common, ...options, '--rootfs', scene.rootfs, scene.id, '--', ...command], scene.temporary);
  const shell = (scene: Scene, script: string, ...options: readonly string[]): Promise<Result> =>
    inRootfs(scene, options, ['/bin/sh', '-c', script]).ended;

  test("the container's status is ours, and its streams are kept apart", async (t, scene) => {
    const { status, stdout, stderr } = await shell(scene, 'echo out; echo err >&2; printf part; exit 7');
    t.equal(status, 7);
    t.equal(stdout.toString(), 'out\npart');
    t.equal(stderr, 'err\n');
  });

  test('output is bytes, and none is lost', async (t, scene) => {
    const { status, stdout } = await shell(
      scene,
      'printf "\\377\\r\\n\\000x"; dd if=/dev/zero bs=1000 count=3000 2>/dev/null',
    );
    t.equal(status, 0);
    t.same(stdout.subarray(0, 5), Buffer.from([0xff, 0x0d, 0x0a, 0x00, 0x78]));
    t.equal(stdout.length, 5 + 3_000_000);
    t.ok(stdout.subarray(5).every((byte) => byte === 0));
  });

  test('arguments, environment, working directory and host name arrive unchanged', async (t, scene) => {
    const options = ['--env', 'A=x y', '-e', 'B=', '--cwd', '/bin', '--hostname', 'ship', '--read-only'];
    const script = 'echo "$A|$B|$(pwd)|$(hostname)|$1|$2|$$"; echo no 2>/dev/null >/file || echo read-only';
    const { stdout } = await inRootfs(scene, options, ['/bin/sh', '-c', script, 'sh', '--explain', '007']).ended;
    t.equal(stdout.toString(), 'x y||/bin|ship|--explain|007|1\nread-only\n');
  });

  test('death by a signal is 128 and its number', async (t, scene) => {
    // Number 1 of a pid namespace dies of no signal that it has no handler for, except this one from outside.
    const run = inRootfs(scene, ['--json'], ['/bin/sleep', '60']);
    await run.printed('"started"');
    const [, pid] = /"pid":(\d+)/.exec(run.soFar()) ?? [];
    process.kill(Number(pid), 'SIGKILL');
    t.equal((await run.ended).status, 128 + 9);
  });

  test('a command that is not there is 127, one that cannot be executed 126', async (t, scene) => {
    const absent = await inRootfs(scene, [], ['nosuch']).ended;
    t.equal(absent.status, 127);
    t.match(absent.stderr, /conmonctl: the container was not created: .*nosuch/s);
    t.match(absent.stderr, /Is the command in the root file system/);
    const forbidden = await inRootfs(scene, [], ['/bin']).ended;
    t.equal(forbidden.status, 126);
    t.match(forbidden.stderr, /permission denied/i);
  });

  test('a container that takes too long is killed', async (t, scene) => {
    const { status, stderr } = await shell(scene, 'sleep 60', '--timeout', '1');
    t.equal(status, 255);
    t.match(stderr, 'the container was killed after 1 s');
  });

  test('a signal goes to the container and is in its status', async (t, scene) => {
    const run = inRootfs(scene, [], ['/bin/sh', '-c', 'trap "echo bye; exit 9" TERM; echo ready; sleep 60 & wait']);
    await run.printed('ready');
    run.child.kill('SIGTERM');
    const { status, stdout } = await run.ended;
    t.equal(status, 9);
    t.equal(stdout.toString(), 'ready\nbye\n');
  });

  test('a container that does not take a signal is killed after the grace, or with the second', async (t, scene) => {
    for (const grace of ['1', '60']) {
      const run = inRootfs(scene, ['--grace', grace], ['/bin/sh', '-c', 'trap "" INT; echo ready; sleep 60']);
      await run.printed('ready');
      run.child.kill('SIGINT');
      if (grace === '60') run.child.kill('SIGTERM');
      t.equal((await run.ended).status, 137);
    }
  });

  test('a monitor that dies takes the container with it, and is missed', async (t, scene) => {
    const run = inRootfs(scene, [], ['/bin/sh', '-c', 'echo ready; sleep 60']);
    await run.printed('ready');
    const [directory] = readdirSync(scene.temporary);
    const pid = Number(readFileSync(`${scene.temporary}/${directory}/conmon.pid`, 'utf8'));
    process.kill(pid, 'SIGKILL');
    const { status, stderr } = await run.ended;
    t.equal(status, 125);
    t.match(stderr, 'conmonctl: the monitor ended without writing the exit file');
  });

  test('a signal while the container is created ends the attempt, and leaves nothing', async (t, scene) => {
    const runtime = `${rootfs}/slow-${scene.id}`;
    writeFileSync(runtime, '#!/bin/sh\ncase "$*" in *delete*) exit 1 ;; esac\necho $$ >"$0.pid"\nexec sleep 60\n', {
      mode: 0o755,
    });
    const options = ['--conmon', monitor.path, '--runtime', runtime, '--rootfs', scene.rootfs];
    const run = new Run([...options, scene.id, '--', '/bin/true'], scene.temporary);
    await untilExists(`${runtime}.pid`);
    run.child.kill('SIGTERM');
    const { status, stderr } = await run.ended;
    t.strictSame([status, stderr], [128 + 15, 'conmonctl: interrupted by SIGTERM\n']);
    t.notOk(isAlive(Number(readFileSync(`${runtime}.pid`, 'utf8'))));
  });

  test('a refusal is reported in the words of the monitor', async (t, scene) => {
    const { status, stderr } = await shell(scene, 'true', '--conmon-arg=--log-level', '--conmon-arg=loud');
    t.equal(status, 125);
    t.match(stderr, /conmon ended with status 1: .*No such log level loud/s);
  });

  test('a bundle is run in its place, and left as it was', async (t, scene) => {
    const bundle = `${scene.temporary}/bundle`;
    mkdirSync(bundle);
    const order = {
      id: scene.id,
      rootfs: scene.rootfs,
      terminal: false,
      readOnly: true,
      command: ['/bin/sh', '-c', 'exit 5'],
      env: {},
    };
    const spec = ociSpec({
      ...order,
      cwd: '/',
      hostname: 'b',
      network: 'none',
      capabilities: [],
      user: { uid: 0, gid: 0 },
      mounts: [],
      rootless: undefined,
    });
    writeFileSync(`${bundle}/config.json`, JSON.stringify(spec));
    const inner = `${scene.temporary}/inner`;
    mkdirSync(inner);
    const { status } = await new Run([...scene.common, '--bundle', bundle, scene.id], inner).ended;
    t.equal(status, 5);
    t.same(readdirSync(bundle), ['config.json']);
    t.same(await leftovers(scene.id, inner), []);
    for (const path of [bundle, inner]) rmSync(path, { recursive: true });
  });

  test('with --interactive our input is its input, to the last byte', async (t, scene) => {
    const run = inRootfs(scene, ['-i'], ['/bin/sh', '-c', 'cat; echo err >&2; exit 4']);
    const input = randomBytes(2_000_000);
    run.child.stdin?.end(input);
    const { status, stdout, stderr } = await run.ended;
    t.equal(status, 4);
    t.ok(stdout.equals(input), 'what came back is what was sent');
    t.equal(stderr, 'err\n');
  });

  test('with --interactive a container that ends does not wait for our input', async (t, scene) => {
    const run = inRootfs(scene, ['-i'], ['/bin/sh', '-c', 'read -r line; echo "got $line"; exit 6']);
    run.child.stdin?.write('one\n');
    const { status, stdout } = await run.ended;
    t.equal(status, 6);
    t.equal(stdout.toString(), 'got one\n');
  });

  test('each step is reported, in order', async (t, scene) => {
    const { status, stdout } = await shell(scene, 'echo hello; sleep 0.2; exit 3', '--json');
    t.equal(status, 3);
    const events = stdout
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const kinds = events.map((event) => event.kind).filter((kind) => kind !== 'logged' && kind !== 'measured');
    t.same(kinds, ['prepared', 'launching', 'launched', 'reported', 'started', 'exited', 'removed']);
    const find = (kind: string): unknown => events.find((event) => event.kind === kind);
    t.match(find('reported'), { line: /^\{"data": ?\d+\}\n$/ });
    t.match(find('logged'), { record: /^\d{4}-\d\d-\d\dT\S+\.\d{9}\S+ stdout F hello$/ });
    t.match(find('exited'), { content: '3', status: 3 });
    t.match(find('measured'), { memory: { threads: 1, anonymous: Number, rss: Number } });
  });
}
