import { renameSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { parseExitStatus, waitForExitFile } from '../../../ts/ctl/run/exit-file.js';

t.test('the status is a number and nothing else', async (t) => {
  t.equal(parseExitStatus('0'), 0);
  t.equal(parseExitStatus('137'), 137);
  t.equal(parseExitStatus('-1'), -1);
  for (const content of ['', '5\n', ' 5', '0x5', '5.0', 'five']) {
    t.throws(() => parseExitStatus(content), { message: /does not hold a status/ }, JSON.stringify(content));
  }
});

t.test('a file that is there already is found', async (t) => {
  const directory = t.testdir({ box: '7' });
  t.equal(await waitForExitFile(directory, 'box', () => true), '7');
});

t.test('a file is noticed when it is renamed into place, not while it is written', async (t) => {
  const directory = t.testdir({});
  const waiting = waitForExitFile(directory, 'box', () => true);
  writeFileSync(`${directory}/.box.tmp`, '1');
  writeFileSync(`${directory}/.box.tmp`, '12');
  renameSync(`${directory}/.box.tmp`, `${directory}/box`);
  t.equal(await waiting, '12');
});

t.test('a monitor that dies without a report is an error', async (t) => {
  const directory = t.testdir({});
  await t.rejects(
    waitForExitFile(directory, 'box', () => false),
    { message: 'the monitor ended without writing the exit file' },
  );
});

t.test('what a monitor reported before it ended counts', async (t) => {
  const directory = t.testdir({});
  let alive = true;
  const diesReporting = (): boolean => {
    if (alive) {
      writeFileSync(`${directory}/.box.tmp`, '3');
      renameSync(`${directory}/.box.tmp`, `${directory}/box`);
    }
    alive = false;
    return false;
  };
  t.equal(await waitForExitFile(directory, 'box', diesReporting), '3');
});
