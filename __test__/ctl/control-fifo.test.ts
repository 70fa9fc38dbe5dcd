import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { parseSize, reopenLogs, resize } from '../../ts/ctl/attach/control-fifo.js';

void t.test('a size is height and width, within what monitors take', async (t) => {
  t.same(parseSize('24x80'), { rows: 24, columns: 80 });
  t.same(parseSize('0x1000'), { rows: 0, columns: 1000 });
  for (const text of ['24', '24x', '24 80', '1001x80', '-1x80', '24x80x1', '', '24X80']) {
    t.throws(() => parseSize(text), { message: /not a size/ }, text);
  }
});

void t.test('what is asked for is a line that both monitors take', async (t) => {
  const fifo = `${t.testdir({})}/ctl`;
  execFileSync('mkfifo', [fifo]);
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  await resize(fifo, { rows: 24, columns: 80 });
  await resize(fifo, { rows: 24, columns: 4000 });
  await reopenLogs(fifo);
  const buffer = Buffer.alloc(100);
  t.equal(buffer.toString('latin1', 0, readSync(reader, buffer)), '1 24 80\n1 24 1000\n2 0 0\n');
  closeSync(reader);
});

void t.test('nothing waits for a monitor that is gone, and no other file is written to', async (t) => {
  const dir = t.testdir({});
  execFileSync('mkfifo', [`${dir}/ctl`]);
  await t.rejects(reopenLogs(`${dir}/ctl`), { message: /cannot ask the monitor: ENXIO/, advice: /has ended/ });
  await t.rejects(reopenLogs(`${dir}/none`), { message: /ENOENT/ });
  writeFileSync(`${dir}/file`, 'x');
  await t.rejects(reopenLogs(`${dir}/file`), { message: /is not a FIFO/ });
});
