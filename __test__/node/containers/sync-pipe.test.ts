import { PassThrough } from 'node:stream';
import t from 'tap';
import { ReportPipe } from '../../../ts/node/containers/sync-pipe.js';

t.test('reports arrive in order, however they are cut, until the pipe ends', async (t) => {
  const pipe = new PassThrough();
  const reports = new ReportPipe(pipe);
  pipe.write('{"data": 7}\n{"data": -1, "mess');
  pipe.end('age": "no"}\n');
  t.match(await reports.next(), { data: 7, message: undefined });
  t.match(await reports.next(), { data: -1, message: 'no', line: '{"data": -1, "message": "no"}' });
  t.equal(await reports.next(), undefined);
  await reports.ended;
});

t.test('a malformed report is an error', async (t) => {
  for (const line of ['not JSON', '7', 'null', '{"data": "7"}', '{}']) {
    const pipe = new PassThrough();
    const reports = new ReportPipe(pipe);
    pipe.end(`${line}\n`);
    await t.rejects(reports.next(), { name: 'MonitorError', message: /malformed report/ }, line);
  }
});
