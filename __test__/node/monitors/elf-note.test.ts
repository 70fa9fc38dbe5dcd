/** The note by which our executable is recognised. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import t from 'tap';
import { LOOKED_AT, versionInNote } from '../../../ts/node/monitors/elf-note.js';
import { needs } from '../../support/needs.js';
import { ROOT } from '../../support/target.js';

function beginningOf(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(LOOKED_AT);
    return bytes.subarray(0, readSync(fd, bytes, 0, LOOKED_AT, 0));
  } finally {
    closeSync(fd);
  }
}

t.test(
  'our executable has the note within the examined bytes, with the version of the package',
  needs('miniruntime'),
  async (t) => {
    const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
    t.equal(versionInNote(beginningOf(`${ROOT}dist/native/conmon`)), version);
  },
);

t.test('other programs do not have the note', async (t) => {
  for (const path of [process.execPath, '/bin/sh', '/etc/passwd'])
    t.equal(versionInNote(beginningOf(path)), undefined, path);
});

t.test('no bytes make the parser fail', needs('miniruntime'), async (t) => {
  const good = beginningOf(`${ROOT}dist/native/conmon`);
  for (let at = 0; at < 1024; at += 1) {
    for (const byte of [0, 0xff]) {
      const changed = Buffer.from(good);
      changed[at] = byte;
      versionInNote(changed);
    }
    versionInNote(good.subarray(0, at));
  }
  t.pass('nothing is thrown');
});
