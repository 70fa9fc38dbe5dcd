/** Follows a log while the real monitor rotates and compresses it. */
import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { readLog } from '../../../ts/node/logs/read-log.js';
import { actor } from '../../support/actor.js';
import { createArguments } from '../../support/arguments.js';
import { command } from '../../support/command.js';
import { launch } from '../../support/monitor.js';
import { type Scene, scene } from '../../support/scene.js';
import { within } from '../../support/wait.js';

const LINES = 20_000;
const PAYLOAD = `i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); echo "line-$i of many"; done; printf 'end\\0\\377\\r'`;

async function follow(t: Test, extra: readonly string[], env: Readonly<Record<string, string>>): Promise<Scene> {
  const s = scene(t);
  const runtime = actor(s, { payload: PAYLOAD });
  const run = launch(t, s, createArguments(s, runtime.path, extra), { env });
  await run.started();
  const ended = run.finished();
  const found: string[] = [];
  const reading = (async () => {
    for await (const { text } of readLog(s.log, { follow: ended })) found.push(text.toString('latin1'));
  })();
  await runtime.start();
  await within('the end of the log', reading, 60_000);
  await ended;
  t.same(
    found.slice(0, -1).findIndex((text, index) => text !== `line-${index + 1} of many`),
    -1,
  );
  t.equal(found.length, LINES + 1);
  t.equal(found.at(-1), 'end\0\xff\r');
  return s;
}

t.test('every line once and in order, over many files', async (t) => {
  const s = await follow(t, ['--log-size-max', '40000', '--log-rotate', '--log-max-files', '100'], {});
  const { text } = await command(['ls', s.dir]);
  t.ok(text.split('\n').filter((name) => /^ctr\.log\.\d+/.test(name)).length > 20, 'there are many files');
});

t.test('the same while they are compressed', async (t) => {
  const extra = ['--log-size-max', '40000', '--log-rotate', '--log-max-files', '100'];
  const s = await follow(t, extra, { CONMON_LOG_COMPRESS: 'gzip' });
  const found: string[] = [];
  for await (const { text } of readLog(s.log)) found.push(text.toString('latin1'));
  t.equal(found.length, LINES + 1, 'and all is there afterwards');
  t.ok(readFileSync(`${s.log}.1.gz`).length > 0);
});
