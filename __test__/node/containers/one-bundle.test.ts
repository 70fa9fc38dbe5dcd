/** Several containers from one bundle: nothing of one is another's. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { createContainer, startContainer } from '../../../ts/node/index.js';
import { configOf, readBundle, writeMonitorBundle } from '../../../ts/node/containers/monitor-bundle.js';
import { integersFromJson, integersToJson } from '../../../ts/node/containers/json-integers.js';
import { RUNTIMES } from '../../support/container.js';
import { needs } from '../../support/needs.js';
import { within } from '../../support/wait.js';
import { prepared, sh, withTemporary } from './prepared.js';

const MONITORS = [undefined, '/usr/bin/conmon'];
const MINI = needs('miniruntime');

for (const name of RUNTIMES) {
  for (const monitor of MONITORS) {
    const needed = needs(name, 'root', ...(monitor === undefined ? [] : (['conmon'] as const)));
    t.test(`${name} under ${monitor ?? 'our conmon'}: six concurrently`, needed, async (t) => {
      const { s, options } = prepared(t, name, sh('read -r line; echo "got $line"; exit "$line"'));
      withTemporary(t, s.dir);
      const before = readdirSync(s.bundle);
      const numbers = [1, 2, 3, 4, 5, 6];
      const made = await Promise.all(numbers.map(() => createContainer({ ...options, monitor, stdin: true })));
      t.equal(new Set(made.map(({ attachSocket }) => attachSocket)).size, 6);
      t.equal(new Set(made.map(({ control }) => control)).size, 6);
      const outputs = made.map(async (container, index) => {
        const streams = await container.attach();
        streams.stderr.resume();
        const output = text(streams);
        await container.start();
        streams.write(`${numbers[index]}\n`);
        return output;
      });
      t.same(
        await within('all outputs', Promise.all(outputs)),
        numbers.map((number) => `got ${number}\n`),
      );
      const ends = await within('all ends', Promise.all(made.map((container) => container.wait())));
      t.same(
        ends.map(({ status }) => status),
        numbers,
      );
      await Promise.all(made.map((container) => container.delete()));
      t.same(readdirSync(s.bundle), before, 'the bundle is as it was');
      t.same(
        readdirSync(s.dir).filter((file) => file.startsWith('conmon-node-')),
        [],
      );
    });
  }
}

t.test('deleting one leaves the attachment of the other', MINI, async (t) => {
  const { s, options } = prepared(t, 'miniruntime', sh('read -r line; echo "got $line"'));
  withTemporary(t, s.dir);
  const [a, b] = [await startContainer({ ...options, stdin: true }), await startContainer({ ...options, stdin: true })];
  const streams = await a.attach();
  streams.stderr.resume();
  await b.delete();
  streams.write('it\n');
  t.equal(await within('the output of a', text(streams)), 'got it\n');
  await a.delete();
});

t.test('a start that fails leaves nothing in the bundle or the directory', MINI, async (t) => {
  const { s, options } = prepared(t, 'miniruntime', { args: ['/no/such/program'] });
  withTemporary(t, s.dir);
  const before = readdirSync(s.bundle);
  const directory = `${s.dir}/given`;
  mkdirSync(directory);
  await t.rejects(startContainer(options), { name: 'RuntimeError' });
  await t.rejects(startContainer({ ...options, directory }), { name: 'RuntimeError' });
  t.same(readdirSync(s.bundle), before);
  t.notOk(existsSync(`${directory}/container.json`));
  t.notOk(existsSync(`${directory}/monitor`));
  t.same(
    readdirSync(s.dir).filter((file) => file.startsWith('conmon-node-')),
    [],
  );
});

t.test('a directory belongs to one container at a time', MINI, async (t) => {
  const { s, options } = prepared(t, 'miniruntime', sh('sleep 60'));
  const directory = `${s.dir}/given`;
  const first = await startContainer({ ...options, directory });
  await t.rejects(startContainer({ ...options, directory }), {
    name: 'ContainerError',
    code: 'ERR_CONMON_CONTAINER_EXISTS',
    message: /cannot use .*given.*: it belongs to a container that has not been deleted/,
  });
  t.ok(existsSync(first.attachSocket ?? ''), 'the first keeps its files');
  await first.delete();
  const second = await startContainer({ ...options, directory });
  await second.delete();
});

t.test('an exit status that an earlier container has left is not taken for that of the next', MINI, async (t) => {
  const { s, options } = prepared(t, 'miniruntime', sh('sleep 60'));
  const directory = `${s.dir}/given`;
  for (const sub of ['exits', 'persist']) mkdirSync(`${directory}/${sub}`, { recursive: true });
  for (const file of ['exits/box', 'persist/exit', 'persist/oom']) writeFileSync(`${directory}/${file}`, '0');
  const made = await startContainer({ ...options, directory, cid: s.cid, persistDir: `${directory}/persist` });
  t.notOk(existsSync(`${directory}/persist/exit`));
  process.kill(made.monitorPid, 'SIGKILL');
  await t.rejects(within('the end', made.wait()), { name: 'MonitorError' });
  await made.delete();
});

t.test('terminal defaults to config.json, and an option overrides it', MINI, async (t) => {
  const process = sh('[ -t 1 ] && echo a terminal || echo no terminal');
  for (const inConfig of [true, false]) {
    for (const terminal of [undefined, true, false]) {
      const { s, options } = prepared(t, 'miniruntime', { ...process, terminal: inConfig });
      withTemporary(t, s.dir);
      const made = await startContainer({ ...options, terminal });
      const lines: string[] = [];
      for await (const record of made.log({ follow: true })) lines.push(record.text.toString().trimEnd());
      t.same(lines, [(terminal ?? inConfig) ? 'a terminal' : 'no terminal'], `${inConfig}, ${terminal}`);
      await made.delete();
    }
  }
});

t.test('paths relative to the bundle keep their meaning, and other files in it are found', async (t) => {
  const directory = t.testdir({
    bundle: {
      'config.json': JSON.stringify({
        process: { terminal: true },
        root: { path: 'rootfs' },
        mounts: [
          { destination: '/a', type: 'bind', source: 'data' },
          { destination: '/b', source: 'data', options: ['rbind', 'ro'] },
          { destination: '/c', source: '/etc', options: ['bind'] },
          { destination: '/proc', type: 'proc', source: 'proc' },
        ],
      }),
      attach: '',
      rootfs: {},
      data: { file: 'content' },
    },
  });
  const [bundle, copy] = [`${directory}/bundle`, `${directory}/copy`];
  await writeMonitorBundle(copy, await readBundle({ kind: 'bundle', path: bundle }), false);
  const config = configOf(copy);
  t.match(config, { process: { terminal: false }, root: { path: `${bundle}/rootfs` } });
  t.same(
    (config['mounts'] as readonly { readonly source: string }[]).map(({ source }) => source),
    [`${bundle}/data`, `${bundle}/data`, '/etc', 'proc'],
  );
  t.equal(readFileSync(`${copy}/data/file`, 'utf8'), 'content');
  t.same(readdirSync(copy), ['config.json', 'data', 'rootfs'], 'not the socket of another monitor');
});

t.test('integers of 64 bits are kept', async (t) => {
  const text = '{"hard": 18446744073709551615, "soft":-9223372036854775808, "text": "18446744073709551615", "x": 1e20}';
  const again = integersToJson(integersFromJson(text));
  t.match(again, '"hard": 18446744073709551615');
  t.match(again, '"soft": -9223372036854775808');
  t.match(again, '"text": "18446744073709551615"');
  t.same(JSON.parse(again), JSON.parse(text));
});

t.test('exit is an event, and listening does not delay it', MINI, async (t) => {
  const { s, options } = prepared(t, 'miniruntime', sh('exit 6'));
  withTemporary(t, s.dir);
  const made = await createContainer(options);
  const exit = once(made, 'exit');
  await made.start();
  t.match(await within('the event', exit), [{ status: 6 }]);
  const seen: number[] = [];
  made.on('exit', ({ status }) => seen.push(status));
  t.match(await within('the event, late', once(made, 'exit')), [{ status: 6 }]);
  t.same(seen, [6], 'each of them once');
  await made.delete();
});
