/** A container is found again, and can be managed as by the program that has created it. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { Container, monitors, startContainer } from '../../../ts/node/index.js';
import { leftovers } from '../../../ts/node/containers/leftovers.js';
import { managerOf } from '../../../ts/node/containers/manager.js';
import { RUNTIMES } from '../../support/container.js';
import { needs } from '../../support/needs.js';
import { isAlive } from '../../support/proc.js';
import { until, within } from '../../support/wait.js';
import { prepared, sh, withTemporary } from './prepared.js';

const MINI = needs('miniruntime');
const ROOT = needs('miniruntime', 'root');

for (const name of RUNTIMES) {
  t.test(`${name}: everything works with a container that was found again`, needs(name, 'root'), async (t) => {
    const { s, options } = prepared(t, name, sh('read -r line; echo "got $line"; sleep 0.2; exit 9'));
    withTemporary(t, s.dir);
    const made = await startContainer({ ...options, stdin: true });
    const found = await Container.open(made.cid);
    for (const key of ['cid', 'pid', 'monitorPid', 'bundle', 'directory', 'logs', 'attachSocket', 'control'] as const) {
      t.same(found[key], made[key], key);
    }
    t.match(await found.state(), { status: 'running', pid: made.pid, exit: undefined });
    t.match(await found.execOutput({ args: ['/bin/sh', '-c', 'echo hello; exit 2'] }), {
      stdout: 'hello\n',
      exitCode: 2,
    });
    const streams = await found.attach();
    streams.stderr.resume();
    const [exit, end] = [once(found, 'exit'), found.wait()];
    streams.write('it\n');
    t.equal(await within('its output', text(streams)), 'got it\n');
    t.match(await within('the end', end), { status: 9, pid: made.pid });
    t.match(await within('the event', exit), [{ status: 9 }]);
    const lines: string[] = [];
    for await (const record of found.log({ follow: true })) lines.push(record.text.toString());
    t.same(lines, ['got it']);
    const ended = await Container.open(made.cid);
    t.match(await ended.wait(), { status: 9 }, 'also after its end');
    await t.rejects(ended.exec({ args: ['/bin/true'] }), { code: 'ERR_CONMON_CONTAINER_ENDED' });
    await ended.delete();
    t.notOk(existsSync(made.directory));
    t.match(await ended.wait(), { status: 9 });
    await t.rejects(Container.open(made.cid), {
      name: 'ContainerError',
      code: 'ERR_CONMON_CONTAINER_NOT_FOUND',
      cid: made.cid,
    });
  });
}

t.test('by its monitor, and by its directory', MINI, async (t) => {
  const { s, options } = prepared(t, 'miniruntime', sh('sleep 60'));
  const directory = `${s.dir}/given`;
  const made = await startContainer({ ...options, directory });
  const info = (await monitors()).find(({ cid }) => cid === made.cid);
  t.equal((await Container.open(info ?? '')).pid, made.pid);
  await made.stop({ timeout: 0.1 });
  t.match(await (await Container.open({ directory })).wait(), { status: Number });
  await (await Container.open({ directory })).delete();
  t.ok(existsSync(`${directory}/ctr.log`), 'a directory that was given stays');
  await t.rejects(Container.open({ directory }), { code: 'ERR_CONMON_CONTAINER_NOT_FOUND' });
});

t.test('the end of a monitor that is killed is noticed, and so is another process with its pid', MINI, async (t) => {
  const { s, options } = prepared(t, 'miniruntime', sh('sleep 60'));
  withTemporary(t, s.dir);
  const made = await startContainer(options);
  process.kill(made.monitorPid, 'SIGKILL');
  const found = await Container.open(made.cid);
  await t.rejects(within('the end', found.wait()), { name: 'MonitorError' });
  writeFileSync(`${made.directory}/conmon.pid`, String(process.pid));
  await t.rejects(within('the end', (await Container.open(made.cid)).wait()), { name: 'MonitorError' });
  await found.delete();
  t.notOk(isAlive(made.pid));
});

t.test('a record of another user, or in a directory that everybody can write to, is not trusted', ROOT, async (t) => {
  const { s, options } = prepared(t, 'miniruntime', sh('exit 0'));
  withTemporary(t, s.dir);
  const made = await startContainer(options);
  await made.wait();
  await until('the end of the monitor', () => !isAlive(made.monitorPid));
  const { directory } = made;
  const refused = (): Promise<unknown> => t.rejects(Container.open(made.cid), { code: /NOT_FOUND/ });
  chmodSync(directory, 0o707);
  await refused();
  chmodSync(directory, 0o700);
  chownSync(directory, 65534, 65534);
  await refused();
  chownSync(directory, 0, 0);
  chownSync(`${directory}/container.json`, 65534, 65534);
  await refused();
  chownSync(`${directory}/container.json`, 0, 0);
  await (await Container.open(made.cid)).delete();
});

t.test('a container of another manager is refused', needs('miniruntime'), async (t) => {
  const { s, options } = prepared(t, 'miniruntime', sh('sleep 60'));
  const made = await startContainer({ ...options, directory: `${s.dir}/given` });
  renameSync(`${s.dir}/given/container.json`, `${s.dir}/container.json`);
  await t.rejects(Container.open(made.cid), {
    code: 'ERR_CONMON_CONTAINER_FOREIGN',
    message: `cannot open the container ${made.cid}: it is managed by another program`,
  });
  await made.delete();
  t.match(managerOf({ exitFiles: ['/run/libpod/exits/x'], bundle: '/b' }), { name: 'Podman', command: 'podman' });
  t.match(managerOf({ exitFiles: ['/var/run/crio/exits/x'], bundle: '/b' }), { name: 'CRI-O', command: 'crictl' });
});

async function reasons(): Promise<readonly string[]> {
  return (await leftovers()).map(({ cid, reason, isRunning }) => `${cid} ${reason} ${isRunning}`);
}

t.test('leftovers: what no program will remove', MINI, async (t) => {
  const { s, options } = prepared(t, 'miniruntime', sh('sleep 60'));
  mkdirSync(`${s.dir}/tmp`);
  withTemporary(t, `${s.dir}/tmp`);
  const made = await startContainer(options);
  const { cid, directory } = made;
  t.notOk(
    (await reasons()).some((text) => text.startsWith(cid)),
    'its program runs',
  );
  const file = `${directory}/container.json`;
  const record = JSON.parse(readFileSync(file, 'utf8'));
  // As if its program had ended.
  record.creator.start += 1;
  writeFileSync(file, JSON.stringify(record));
  t.notOk(
    (await reasons()).some((text) => text.startsWith(cid)),
    'it outlives its program',
  );
  writeFileSync(file, JSON.stringify({ ...record, isAttended: true }));
  t.ok((await reasons()).includes(`${cid} abandoned true`));
  writeFileSync(file, JSON.stringify(record));
  await made.stop({ timeout: 0 });
  t.ok((await reasons()).includes(`${cid} ended false`));
  await made.delete();
  const empty = `${s.dir}/tmp/conmonctl-AbCdEf`;
  mkdirSync(empty);
  t.notOk(
    (await leftovers()).some((each) => each.directory === empty),
    'it may be about to be used',
  );
  utimesSync(empty, 0, 0);
  t.match(
    (await leftovers()).find((each) => each.directory === empty),
    { reason: 'incomplete', cid: undefined, isRunning: false },
  );
});
