/** docs/api.md is generated from the comments in the sources. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { page, ROOT } from './page.js';

void t.test('docs/api.md is up to date, and every export has a comment', async (t) => {
  const directory = t.testdir({});
  const typedoc = [`${ROOT}node_modules/.bin/typedoc`, '--out', directory];
  const { status, stdout, stderr } = spawnSync(process.execPath, typedoc, { cwd: ROOT, encoding: 'utf8' });
  t.equal(status, 0, stdout + stderr);
  t.ok(readFileSync(`${directory}/api.md`, 'utf8') === page('docs/api.md'), 'npm run api updates it');
});
