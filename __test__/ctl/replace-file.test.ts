import { readdirSync, readFileSync, statSync } from 'node:fs';
import t from 'tap';
import { permissionAdvice, replaceFile } from '../../ts/ctl/replace-file.js';

t.test('a file is replaced with its mode, and nothing is left beside it', async (t) => {
  const directory = t.testdir({ file: 'old' });
  await replaceFile(`${directory}/file`, 'new', 0o640);
  t.equal(readFileSync(`${directory}/file`, 'utf8'), 'new');
  t.equal(statSync(`${directory}/file`).mode & 0o777, 0o640);
  t.same(readdirSync(directory), ['file']);
});

t.test('what cannot be replaced stays, and the error names it', async (t) => {
  const directory = t.testdir({ file: { below: '' } });
  const message = new RegExp(`^cannot write ${directory}/file: `);
  await t.rejects(replaceFile(`${directory}/file`, 'new', 0o644), { name: 'CtlError', message });
  t.same(readdirSync(directory), ['file']);
  await t.rejects(replaceFile(`${directory}/none/file`, '', 0o644), { message: /cannot write .*none\/file: / });
});

t.test('only for missing permissions the advice is sudo', async (t) => {
  t.match(permissionAdvice(Object.assign(new Error('no'), { code: 'EACCES' })), { advice: /sudo/ });
  t.same(permissionAdvice(Object.assign(new Error('no'), { code: 'ENOSPC' })), {});
});
