import { PassThrough } from 'node:stream';
import t from 'tap';
import { parseSyncLine, readSyncLine } from '../../ts/ctl/sync-pipe.js';

t.test('a line may come in pieces, and nothing after it is waited for', async (t) => {
  const pipe = new PassThrough();
  const line = readSyncLine(pipe, 10);
  pipe.write('{"data"');
  setImmediate(() => pipe.write(': 12}\n'));
  t.equal(await line, '{"data": 12}\n');
});

t.test('the end of the pipe ends the line', async (t) => {
  const pipe = new PassThrough();
  pipe.end('{"data": 1}');
  t.equal(await readSyncLine(pipe, 10), '{"data": 1}');
});

t.test('a pipe that is closed from our side is not waited for', async (t) => {
  const pipe = new PassThrough();
  const line = readSyncLine(pipe, 1000);
  pipe.destroy();
  t.equal(await line, '');
});

t.test('a monitor that says nothing is waited for only so long', async (t) => {
  await t.rejects(readSyncLine(new PassThrough(), 0.01), { message: 'nothing came on the sync pipe within 0.01 s' });
});

t.test('a message has a number and perhaps a text; further keys are ignored', async (t) => {
  t.same(parseSyncLine('{"data": 12}\n'), { data: 12, message: undefined });
  t.same(parseSyncLine('{"data": -1, "message": "no", "x": 1}\n'), { data: -1, message: 'no' });
});

for (const line of ['', 'data', '{}', '{"data": "1"}', '{"data": null}', '[1]', 'null', '{"pid": 1}']) {
  t.test(`is refused: ${JSON.stringify(line)}`, async (t) => {
    t.throws(() => parseSyncLine(line), { name: 'CtlError' });
  });
}
